using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checks;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary>How far a check is and how long its present part will take. Not thread-safe.</summary>
internal sealed class DataCheckProgressView(CommandConsole console, TimeProvider time) : IDisposable
{
    private readonly SparseProgress _lines = new(console, time);
    private DataCheckStage? _stage;
    private int _before;
    private long _started;

    public void Show(DataCheckProgress progress)
    {
        if (progress.Stage != _stage)
        {
            // What was kept before this part began took no time of it.
            (_stage, _before, _started) = (progress.Stage, progress.Stage == DataCheckStage.Images ? progress.Done : 0, time.GetTimestamp());
        }

        _lines.Show(() => (Place(progress), (double)progress.Done / Math.Max(progress.All, 1), Left(progress)));
    }

    public void Dispose() => _lines.Dispose();

    private static string Place(DataCheckProgress progress)
    {
        var what = progress.Stage switch
        {
            DataCheckStage.Images => "image",
            DataCheckStage.Copies => "near copies, part",
            _ => "labels, part",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{what} {progress.Done:N0}/{progress.All:N0}");
    }

    private string Left(DataCheckProgress progress)
    {
        var done = progress.Done - _before;
        return done <= 0 ? "" : $"{Amount.Duration(time.GetElapsedTime(_started).TotalSeconds * Math.Max(0, progress.All - progress.Done) / done)} left";
    }
}
