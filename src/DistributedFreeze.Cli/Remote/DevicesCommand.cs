using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze devices</c>: the cluster's devices, what they are doing, and which runs wait for them.</summary>
internal sealed class DevicesCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("devices", "Lists the cluster's devices and what they are doing, and the runs that wait for them.") { _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) => _cluster.WithAsync(parsed, async client =>
        {
            var devices = await client.ListDevicesAsync(cancellationToken);
            var queue = await client.ListQueueAsync(cancellationToken);
            if (parsed.GetValue(_json))
            {
                console.Output.WriteLine(JsonSerializer.Serialize(new { Devices = devices, Queue = queue }, RunJson.Compact));
            }
            else
            {
                Write(devices, queue);
            }

            return ExitCode.Ok;
        }, cancellationToken));
        return command;
    }

    private void Write(ImmutableArray<DeviceStatus> devices, ImmutableArray<string> queue)
    {
        var table = new Table { Border = TableBorder.Simple };
        var hasGpus = devices.Any(status => DeviceKind.IsGpu(DeviceId.Name(status.Device.Id)));
        var hasClasses = hasGpus || devices.Select(status => DeviceClass.Of(status.Device)).Distinct().Count() > 1; // a run has devices of one
        var hasLibraries = devices.DistinctBy(status => status.Device.Libraries).Count() > 1;
        foreach (var name in (string[])
            ["Device", "Host", "Model", "Memory", .. hasClasses ? ["Capability"] : (string[])[], .. hasGpus ? ["Driver"] : (string[])[], .. hasLibraries ? ["Libraries"] : (string[])[], "State", "Run"])
        {
            table.AddColumn(new TableColumn(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = name is not ("Model" or "Driver" or "Libraries") });
        }

        foreach (var (device, state, run, reason) in devices.Select(one => (one.Device, one.State, one.RunId, one.Reason)))
        {
            string[] cells =
            [
                device.Id, device.Host, device.Model, device.MemoryBytes > 0 ? Amount.Bytes(device.MemoryBytes) : "-", .. hasClasses ? [device.Capability ?? "-"] : (string[])[], .. hasGpus ? [device.Driver ?? "-"] : (string[])[], .. hasLibraries ? [device.Libraries ?? "-"] : (string[])[],
                state.ToString().ToLowerInvariant(), run ?? reason ?? "-",
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Rich().Write(table);
        console.Output.WriteLine(queue.IsEmpty ? "No run waits." : $"Waiting, the next one first: {string.Join(", ", queue)}");
    }
}
