using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Train;

/// <summary>A run's progress as a live line below what has happened so far.</summary>
/// <remarks>
/// Not through Spectre's live progress, which neither clears what stood to the right of a shorter line nor cuts a longer one. Thread-safe.
/// </remarks>
internal sealed class RunProgressBar : RunProgressView
{
    private const string ToLineStart = "\r";
    private const string ClearToLineEnd = "\u001b[K";

    /// <summary>Columns for the <c>^C</c> that a terminal echoes: it must not push the line over its edge.</summary>
    private const int Echo = 2;

    private readonly TextWriter _error;
    private readonly IAnsiConsole _rich;
    private readonly RunSpec _spec;
    private readonly RunProgressText _text;
    private readonly List<double> _losses = [];
    private readonly Lock _lock = new();
    private Func<int, string> _bar = _ => "";

    public RunProgressBar(CommandConsole console, RunSpec spec)
    {
        _error = console.Screen;
        _rich = console.RichError();
        _spec = spec;
        _text = new(spec);
        Bar("loading data and weights");
    }

    public override void Show(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.Prepared prepared:
                Line(RunProgressText.Prepared(prepared));
                if (prepared.Preprocessing is { } preprocessing)
                {
                    Line(preprocessing.ToString());
                }

                foreach (var warning in prepared.Warnings)
                {
                    Line($"warning: {warning}", Color.Yellow);
                }

                break;
            case RunEvent.PhaseStarted phase:
                Line(RunProgressText.PhaseStarted(phase));
                break;
            case RunEvent.WindowDone window:
                var part = (_spec.Phases.Take(window.Phase).Sum(before => before.Epochs) + window.Epoch + (double)window.Step / window.Steps)
                    / _spec.Phases.Sum(phase => phase.Epochs);
                var place = _text.Place(window.Phase, window.Epoch);
                var unicode = _rich.Profile.Capabilities.Unicode;
                var numbers = RunProgressText.Numbers(window);
                _losses.Add(window.Loss);
                var losses = unicode ? $"  {Sparkline.Of(_losses)}" : "";
                Bar(width => ProgressLine.Of(place, part, numbers + losses, width, unicode));
                break;
            case RunEvent.EpochDone epoch:
                Line(_text.EpochDone(epoch.Result));
                break;
            case RunEvent.PhaseDone phase:
                if (RunProgressText.PhaseDone(phase) is { } done)
                {
                    Line(done);
                }

                if (phase.Phase == _spec.Phases.Length - 1)
                {
                    Bar("scoring the test images");
                }

                break;
            default:
                if (RunProgressText.Turn(happened) is { } turn)
                {
                    Line(turn, Color.Yellow);
                }

                break;
        }
    }

    public override void Stopping() => Line(RunProgressText.Stopping, Color.Yellow);

    public override void Warn(string warning) => Line($"warning: {warning}", Color.Yellow);

    public override ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _error.Write(ToLineStart + ClearToLineEnd);
        }

        return base.DisposeAsync();
    }

    private void Bar(string text) => Bar(width => ProgressLine.Of(text, 0, "", Math.Min(width, text.Length + 3), unicode: false));

    private void Bar(Func<int, string> bar)
    {
        lock (_lock)
        {
            _bar = bar;
            Draw();
        }
    }

    /// <summary>Writes a line where the bar is, and the bar below it.</summary>
    private void Line(string text, Color? color = null)
    {
        lock (_lock)
        {
            _error.Write(ToLineStart + ClearToLineEnd);
            _rich.Write(new Text(PlainText.Line(text) + Environment.NewLine, color));
            Draw();
        }
    }

    // One write and no clearing first: nothing flickers.
    private void Draw() => _error.Write(ToLineStart + _bar(_rich.Profile.Width - Echo) + ClearToLineEnd);
}
