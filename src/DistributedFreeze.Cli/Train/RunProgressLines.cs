using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>A run's progress as lines of a log: one for each epoch, and one every while within a long epoch.</summary>
internal sealed class RunProgressLines(CommandConsole console, RunSpec spec, TimeProvider time) : RunProgressView
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly RunProgressText _text = new(spec);
    private long _lastLine = time.GetTimestamp();

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
                    Line($"warning: {warning}");
                }

                break;
            case RunEvent.PhaseStarted phase:
                Line(RunProgressText.PhaseStarted(phase));
                break;
            case RunEvent.WindowDone window when time.GetElapsedTime(_lastLine) >= Quiet:
                Line($"{_text.Place(window.Phase, window.Epoch)} step {window.Step}/{window.Steps}  {RunProgressText.Numbers(window)}");
                break;
            case RunEvent.EpochDone epoch:
                Line($"{_text.EpochDone(epoch.Result)}, steps at {Amount.Rate(epoch.Result.ImagesPerSecond)}");
                break;
            case RunEvent.PhaseDone phase when RunProgressText.PhaseDone(phase) is { } done:
                Line(done);
                break;
            default:
                if (RunProgressText.Turn(happened) is { } turn)
                {
                    Line(turn);
                }

                break;
        }
    }

    public override void Stopping() => console.Error.WriteLine(RunProgressText.Stopping);

    public override void Warn(string warning) => console.WarnOnError(warning);

    private void Line(string line)
    {
        console.Error.WriteLine(line);
        _lastLine = time.GetTimestamp();
    }
}
