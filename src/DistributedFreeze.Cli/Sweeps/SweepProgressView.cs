using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>How far the sweep is. Not thread-safe, but told from one thread after another.</summary>
internal sealed class SweepProgressView(CommandConsole console, TimeProvider time) : IProgress<SweepProgress>, IDisposable
{
    private readonly PartProgress _parts = new(console, time);

    void IProgress<SweepProgress>.Report(SweepProgress value) => Show(value);

    public void Show(SweepProgress progress) => _parts.Show(
        progress.Stage.ToString(), progress.Stage == SweepStage.Images, progress.Done, progress.All, () => Place(progress));

    public void Dispose() => _parts.Dispose();

    private static string Place(SweepProgress progress) => progress.Stage == SweepStage.Images
        ? string.Create(CultureInfo.InvariantCulture, $"image {progress.Done:N0}/{progress.All:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"epoch {progress.Done:N0}/{progress.All:N0}, {progress.Trials.Count(trial => trial.IsOver):N0} of {progress.Trials.Length:N0} trials have ended");
}
