using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Evaluate;

/// <summary>How many images are done and how long the rest will take: a live line on a terminal, one line every ten seconds in a file. Thread-safe.</summary>
internal sealed class EvaluationProgress : IDisposable
{
    private const string ToLineStart = "\r";
    private const string ClearToLineEnd = "\u001b[K";

    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly CommandConsole _console;
    private readonly int _images;
    private readonly TimeProvider _time;
    private readonly bool _live;
    private readonly long _started;
    private readonly Lock _lock = new();
    private long _last;
    private int _done;

    public EvaluationProgress(CommandConsole console, int images, TimeProvider time)
    {
        (_console, _images, _time) = (console, images, time);
        _live = console.ErrorIsTerminal && console.RichError().Profile.Capabilities.Ansi;
        _started = _last = time.GetTimestamp();
    }

    /// <summary>One more image is done.</summary>
    public void Done()
    {
        lock (_lock)
        {
            _done++;
            if (_time.GetElapsedTime(_last) >= (_live ? Redraw : Quiet))
            {
                _last = _time.GetTimestamp();
                Show();
            }
        }
    }

    public void Dispose()
    {
        if (_live)
        {
            _console.Screen.Write(ToLineStart + ClearToLineEnd);
        }
    }

    private void Show()
    {
        var rate = _done / _time.GetElapsedTime(_started).TotalSeconds;
        var numbers = $"{Amount.Rate(rate)}, {Amount.Duration((_images - _done) / rate)} left";
        var place = string.Create(CultureInfo.InvariantCulture, $"image {_done:N0}/{_images:N0}");
        if (_live)
        {
            var profile = _console.RichError().Profile;
            _console.Screen.Write(ToLineStart + ProgressLine.Of(place, (double)_done / _images, numbers, profile.Width, profile.Capabilities.Unicode) + ClearToLineEnd);
        }
        else
        {
            _console.Error.WriteLine($"{place}  {numbers}");
        }
    }
}
