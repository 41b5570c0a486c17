using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>How far work of several parts is, and how long its present part will take. Not thread-safe.</summary>
internal sealed class PartProgress(CommandConsole console, TimeProvider time) : IDisposable
{
    private readonly SparseProgress _lines = new(console, time);
    private string? _part;
    private double _before;
    private long _started;

    /// <summary>Shows it, unless the last line is too fresh.</summary>
    /// <param name="part">Which part; a new one begins to count.</param>
    /// <param name="startsWithKept">Whether what is done when the part begins was there before, and took no time of it.</param>
    /// <param name="done">How much of the part is done.</param>
    /// <param name="all">How much there is, in the same unit.</param>
    /// <param name="place">Says where it is.</param>
    public void Show(string part, bool startsWithKept, double done, double all, Func<string> place)
    {
        if (part != _part)
        {
            (_part, _before, _started) = (part, startsWithKept ? done : 0, time.GetTimestamp());
        }

        _lines.Show(() => (place(), done / Math.Max(all, 1e-9), Left(done - _before, all - done)));
    }

    public void Dispose() => _lines.Dispose();

    private string Left(double done, double left) =>
        done <= 0 ? "" : $"{Amount.Duration(time.GetElapsedTime(_started).TotalSeconds * Math.Max(0, left) / done)} left";
}
