using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Train;

/// <summary>A run's progress as a live bar over all its epochs.</summary>
internal sealed class RunProgressBar : RunProgressView
{
    private readonly IAnsiConsole _console;
    private readonly RunSpec _spec;
    private readonly RunProgressText _text;
    private readonly TaskCompletionSource<ProgressTask> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _display;

    public RunProgressBar(CommandConsole console, RunSpec spec)
    {
        _console = console.RichError();
        _spec = spec;
        _text = new(spec);
        _display = _console.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async context =>
            {
                _started.SetResult(context.AddTask("loading data and weights", maxValue: spec.Phases.Sum(phase => phase.Epochs)));
                await _ended.Task;
            });
    }

    public override void Show(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.Prepared prepared:
                Line(RunProgressText.Prepared(prepared));
                foreach (var warning in prepared.Warnings)
                {
                    Line($"warning: {warning}", Color.Yellow);
                }

                break;
            case RunEvent.PhaseStarted phase:
                Line(RunProgressText.PhaseStarted(phase));
                break;
            case RunEvent.WindowDone window:
                Advance(window.Phase, window.Epoch, (double)window.Step / window.Steps);
                Describe($"{_text.Place(window.Phase, window.Epoch)}  {RunProgressText.Numbers(window)}");
                break;
            case RunEvent.EpochDone epoch:
                Advance(epoch.Result.Phase, epoch.Result.Epoch, 1);
                Line(_text.EpochDone(epoch.Result));
                break;
            default:
                break;
        }
    }

    public override void Stopping() => Line(RunProgressText.Stopping, Color.Yellow);

    public override async ValueTask DisposeAsync()
    {
        _ended.SetResult();
        await _display;
        await base.DisposeAsync();
    }

    private void Advance(int phase, int epoch, double part) =>
        Bar(bar => bar.Value = _spec.Phases.Take(phase).Sum(before => before.Epochs) + epoch + part);

    private void Describe(string text) => Bar(bar => bar.Description = Markup.Escape(text));

    /// <summary>The display starts at its own pace; until it has, there is nothing to move.</summary>
    private void Bar(Action<ProgressTask> change)
    {
        if (_started.Task.IsCompletedSuccessfully)
        {
            change(_started.Task.Result);
        }
    }

    private void Line(string text, Color? color = null) => _console.Write(new Text(text + Environment.NewLine, color));
}
