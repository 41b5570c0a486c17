using DistributedFreeze.Cli.CommandLine;

namespace DistributedFreeze.Cli.Train;

/// <summary>How far something is: a live line on a terminal, one line every ten seconds in a file. Not thread-safe.</summary>
internal sealed class SparseProgress : IDisposable
{
    private const string ToLineStart = "\r";
    private const string ClearToLineEnd = "\u001b[K";

    private static readonly TimeSpan Redraw = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly CommandConsole _console;
    private readonly TimeProvider _time;
    private readonly bool _live;
    private long _last;

    public SparseProgress(CommandConsole console, TimeProvider time)
    {
        (_console, _time) = (console, time);
        _live = console.ErrorIsTerminal && console.RichError().Profile.Capabilities.Ansi;
        _last = time.GetTimestamp();
    }

    /// <summary>Shows a line, unless the last one is too fresh.</summary>
    /// <param name="line">Makes it: where it is, which part of all is done (0 to 1), and what else is known.</param>
    public void Show(Func<(string Place, double Part, string Numbers)> line)
    {
        if (_time.GetElapsedTime(_last) < (_live ? Redraw : Quiet))
        {
            return;
        }

        _last = _time.GetTimestamp();
        var (place, part, numbers) = line();
        if (_live)
        {
            var profile = _console.RichError().Profile;
            _console.Screen.Write(ToLineStart + ProgressLine.Of(place, part, numbers, profile.Width, profile.Capabilities.Unicode) + ClearToLineEnd);
        }
        else
        {
            _console.Error.WriteLine($"{place}  {numbers}".TrimEnd());
        }
    }

    /// <summary>Clears the live line.</summary>
    public void Dispose()
    {
        if (_live)
        {
            _console.Screen.Write(ToLineStart + ClearToLineEnd);
        }
    }
}
