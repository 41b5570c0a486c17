using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze show</c>: one run at a glance.</summary>
internal sealed class ShowCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object, the receipt in it, and nothing else" };

    private readonly Option<bool> _epochs = new("--epochs") { Description = "Have every epoch that is done in the JSON object; only with --json" };

    public Command Build()
    {
        var argument = RunArgument.Create(_cluster);
        var command = new Command("show", "Shows a run: its state, where it stands and, once it has succeeded, what it did.") { argument, _json, _epochs };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, argument);
            return _cluster.WithAsync(parsed, async client =>
            {
                var known = await client.GetAsync(runId, cancellationToken);
                console.NameFields(known.Spec);
                var run = console.Fields.In(known);
                if (parsed.GetValue(_epochs))
                {
                    run = run with { Progress = run.Progress with { EpochsBefore = 0, Epochs = await client.GetEpochsAsync(runId, cancellationToken) } };
                }

                if (parsed.GetValue(_json))
                {
                    console.Output.WriteLine(JsonSerializer.Serialize(run, RunJson.Compact));
                }
                else
                {
                    Write(run);
                }

                return ExitCode.Ok;
            }, cancellationToken);
        });
        return command;
    }

    private void Write(RunStatus run)
    {
        Line("Run", run.RunId);
        Line("State", RunStatusText.State(run));
        if (run.Owner is { } owner)
        {
            Line("Owner", PlainText.Line(run.OwnerIssuer is { } issuer ? $"{owner} of {issuer}" : owner));
        }

        if (run.Spec is { Labels.IsEmpty: false } labelled)
        {
            Line("Labels", RunStatusText.Labels(labelled.Labels));
        }

        if (run.Reason is { } reason)
        {
            Line("Reason", reason.ReplaceLineEndings(" "));
        }

        Line("Submitted", RunStatusText.Time(run.SubmittedAt));
        if (run.EndedAt is not null)
        {
            Line("Ended", RunStatusText.Time(run.EndedAt));
        }

        Line("Priority", run.Priority.ToString(CultureInfo.InvariantCulture));
        if (!run.Devices.IsDefaultOrEmpty)
        {
            Line("Devices", string.Join(", ", run.Devices));
        }

        Line("Epochs", RunStatusText.Epochs(run));
        if (run is { PauseAfterEpoch: { } pause } && !run.State.IsFinal())
        {
            Line("Pauses after", string.Create(CultureInfo.InvariantCulture, $"{pause} {(pause == 1 ? "epoch" : "epochs")}"));
        }

        if (run.LatestEpoch is { } last)
        {
            Line("Last epoch", RunEventText.Of(new RunEvent.EpochDone(last)));
        }

        if (run.Spec is { } spec)
        {
            Line("Data", spec.Data.Path);
            Line("Output", spec.Output);
            if (run.Receipt is { } receipt)
            {
                ReceiptText.Write(console.Output, receipt, spec.Output);
            }
        }
    }

    private void Line(string name, string value) => console.Output.WriteLine($"{name,-14} {value}");
}
