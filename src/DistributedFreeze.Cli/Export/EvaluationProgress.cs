using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Export;

/// <summary>How many images are done and how long the rest will take. Thread-safe.</summary>
internal sealed class EvaluationProgress(CommandConsole console, int images, TimeProvider time) : IDisposable
{
    private readonly SparseProgress _lines = new(console, time);
    private readonly long _started = time.GetTimestamp();
    private readonly Lock _lock = new();
    private int _done;

    /// <summary>One more image is done.</summary>
    public void Done()
    {
        lock (_lock)
        {
            _done++;
            _lines.Show(Line);
        }
    }

    public void Dispose() => _lines.Dispose();

    private (string Place, double Part, string Numbers) Line()
    {
        var rate = _done / time.GetElapsedTime(_started).TotalSeconds;
        return (
            string.Create(CultureInfo.InvariantCulture, $"image {_done:N0}/{images:N0}"),
            (double)_done / images,
            $"{Amount.Rate(rate)}, {Amount.Duration((images - _done) / rate)} left");
    }
}
