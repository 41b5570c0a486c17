using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;

namespace DistributedFreeze.Cli.Advise;

/// <summary>How far the advice is and how long its present part will take: a live line on a terminal, one line every ten seconds in a file. Not thread-safe.</summary>
internal sealed class AdviceProgressView : IDisposable
{
    private const string ToLineStart = "\r";
    private const string ClearToLineEnd = "\u001b[K";

    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly CommandConsole _console;
    private readonly TimeProvider _time;
    private readonly bool _live;
    private AdviceStage? _stage;
    private double _before;
    private long _started;
    private long _last;

    public AdviceProgressView(CommandConsole console, TimeProvider time)
    {
        (_console, _time) = (console, time);
        _live = console.ErrorIsTerminal && console.RichError().Profile.Capabilities.Ansi;
        _last = time.GetTimestamp();
    }

    public void Show(AdviceProgress progress)
    {
        if (progress.Stage != _stage)
        {
            // What was there before this part began took no time of it.
            (_stage, _before, _started) = (progress.Stage, progress.Stage == AdviceStage.Images ? progress.Done : 0, _time.GetTimestamp());
        }

        if (_time.GetElapsedTime(_last) < (_live ? Redraw : Quiet))
        {
            return;
        }

        _last = _time.GetTimestamp();
        var place = progress.Stage switch
        {
            AdviceStage.Images => string.Create(CultureInfo.InvariantCulture, $"image {progress.Done:N0}/{progress.All:N0}"),
            AdviceStage.Depths => string.Create(CultureInfo.InvariantCulture, $"probe {progress.Done:N0}/{progress.All:N0}"),
            _ => $"short runs: {progress.What}",
        };
        Show(place, progress.Done / Math.Max(progress.All, 1e-9), Left(progress));
    }

    public void Dispose()
    {
        if (_live)
        {
            _console.Screen.Write(ToLineStart + ClearToLineEnd);
        }
    }

    private string Left(AdviceProgress progress)
    {
        var done = progress.Done - _before;
        return done <= 0 ? "" : $"{Amount.Duration(_time.GetElapsedTime(_started).TotalSeconds * Math.Max(0, progress.All - progress.Done) / done)} left";
    }

    private void Show(string place, double part, string left)
    {
        if (_live)
        {
            var profile = _console.RichError().Profile;
            _console.Screen.Write(ToLineStart + ProgressLine.Of(place, part, left, profile.Width, profile.Capabilities.Unicode) + ClearToLineEnd);
        }
        else
        {
            _console.Error.WriteLine($"{place}  {left}".TrimEnd());
        }
    }
}
