using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary>How far a check is. Not thread-safe.</summary>
internal sealed class DataCheckProgressView(CommandConsole console, TimeProvider time) : IDisposable
{
    private readonly PartProgress _parts = new(console, time);

    public void Show(DataCheckProgress progress)
    {
        var what = progress.Stage switch
        {
            DataCheckStage.Images => "image",
            DataCheckStage.Duplicates => "near duplicates, part",
            _ => "labels, part",
        };
        _parts.Show(
            what, progress.Stage == DataCheckStage.Images, progress.Done, progress.All, () => string.Create(CultureInfo.InvariantCulture, $"{what} {progress.Done:N0}/{progress.All:N0}"));
    }

    public void Dispose() => _parts.Dispose();
}
