using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Doctor;

/// <summary><c>dfreeze doctor</c>: what this machine has, whether a run would work on it, and what to do where not.</summary>
internal sealed class DoctorCommand(CommandConsole console)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("doctor", "Looks whether a run would work on this machine, and says what to do where not.") { _json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var found = await new Examination().RunAsync(cancellationToken);
            if (parsed.GetValue(_json))
            {
                console.Output.WriteLine(JsonSerializer.Serialize(found, RunJson.Indented));
            }
            else
            {
                new DoctorText(console).Write(found);
            }

            return found.Works ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
