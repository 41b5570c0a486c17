using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Demo;

/// <summary><c>dfreeze demo</c>: a whole run that needs no file.</summary>
internal sealed class DemoCommand(CommandConsole console, Func<DemoRequest, CancellationToken, Task<int>> demo)
{
    private readonly Option<string> _output = new("--output")
    {
        Description = "Folder that receives the images, the model and the receipt",
        HelpName = "DIR",
        DefaultValueFactory = _ => "demo",
    };

    private readonly Option<string> _seed = new("--seed")
    {
        Description = "Seed of the images, the weights and the run",
        HelpName = "N",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<string> _replicas = new("--replicas")
    {
        Description = "Replicas, 1 to 8; never changes the result",
        HelpName = "N",
        DefaultValueFactory = _ => "2",
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "GPUs where there are any, GPUs alone, or the processor alone",
        HelpName = string.Join('|', RunEnums.Device.All),
        DefaultValueFactory = _ => RunEnums.NameOf(DeviceChoice.Auto),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object when the run has ended, and nothing else" };

    public Command Build()
    {
        var command = new Command("demo", "Draws a small image set and trains on it, in about a minute.")
        {
            _output, _seed, _replicas, _device, _json,
        };
        command.SetAction((parsed, cancellationToken) => demo(Request(parsed), cancellationToken));
        return command;
    }

    private DemoRequest Request(ParseResult parsed)
    {
        var output = parsed.GetRequiredValue(_output);
        return output.Length == 0
            ? throw new InvalidInputException("--output", "must name a folder")
            : new(
                output,
                WholeNumber.Of(_seed, parsed, int.MinValue, int.MaxValue),
                WholeNumber.Of(_replicas, parsed, 1, 8),
                Device(parsed.GetRequiredValue(_device)),
                parsed.GetValue(_json),
                console);
    }

    private DeviceChoice Device(string text) => RunEnums.Device.Find(text)
        ?? throw new InvalidInputException(_device.Name, $"must be one of {string.Join(", ", RunEnums.Device.All)}, got '{text}'");
}
