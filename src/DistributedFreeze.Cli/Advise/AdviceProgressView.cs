using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;

namespace DistributedFreeze.Cli.Advise;

/// <summary>How far the advice is and how long its present part will take. Not thread-safe.</summary>
internal sealed class AdviceProgressView(CommandConsole console, TimeProvider time) : IDisposable
{
    private readonly SparseProgress _lines = new(console, time);
    private AdviceStage? _stage;
    private double _before;
    private long _started;

    public void Show(AdviceProgress progress)
    {
        if (progress.Stage != _stage)
        {
            // What was there before this part began took no time of it.
            (_stage, _before, _started) = (progress.Stage, progress.Stage == AdviceStage.Images ? progress.Done : 0, time.GetTimestamp());
        }

        _lines.Show(() => (Place(progress), progress.Done / Math.Max(progress.All, 1e-9), Left(progress)));
    }

    public void Dispose() => _lines.Dispose();

    private static string Place(AdviceProgress progress) => progress.Stage switch
    {
        AdviceStage.Images => string.Create(CultureInfo.InvariantCulture, $"image {progress.Done:N0}/{progress.All:N0}"),
        AdviceStage.Depths => string.Create(CultureInfo.InvariantCulture, $"probe {progress.Done:N0}/{progress.All:N0}"),
        _ => $"short runs: {progress.What}",
    };

    private string Left(AdviceProgress progress)
    {
        var done = progress.Done - _before;
        return done <= 0 ? "" : $"{Amount.Duration(time.GetElapsedTime(_started).TotalSeconds * Math.Max(0, progress.All - progress.Done) / done)} left";
    }
}
