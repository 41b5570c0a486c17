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
        var hasGpus = devices.Any(status => IsGpu(status.Device));
        var hasClasses = hasGpus || devices.DistinctBy(status => DeviceClass.Of(status.Device)).Count() > 1; // a run has devices of one
        var hasLibraries = devices.GroupBy(status => IsGpu(status.Device)).Any(sort => sort.DistinctBy(status => status.Device.Libraries).Count() > 1);
        (string Name, bool IsShown, bool Wraps, Func<DeviceStatus, string?> Cell)[] columns =
        [
            ("Device", true, false, status => status.Device.Id),
            ("Host", true, false, status => status.Device.Host),
            ("Model", true, true, status => status.Device.Model),
            ("Memory", true, false, status => status.Device.MemoryBytes > 0 ? Amount.Bytes(status.Device.MemoryBytes) : null),
            ("Capability", hasClasses, false, status => status.Device.Capability),
            ("Driver", hasGpus, true, status => status.Device.Driver),
            ("Libraries", hasLibraries, true, status => status.Device.Libraries),
            ("State", true, false, status => status.State.ToString().ToLowerInvariant()),
            ("Run", true, false, status => status.RunId ?? status.Reason),
        ];
        var shown = columns.Where(column => column.IsShown).ToList();
        shown.ForEach(column => table.AddColumn(new TableColumn(column.Name) { Padding = new Padding(0, 0, 1, 0), NoWrap = !column.Wraps }));
        foreach (var status in devices)
        {
            table.AddRow(shown.Select(column => new Text(column.Cell(status) ?? "-")));
        }

        console.Rich().Write(table);
        console.Output.WriteLine(queue.IsEmpty ? "No run waits." : $"Waiting, the next one first: {string.Join(", ", queue)}");
    }

    private static bool IsGpu(DeviceInfo device) => DeviceKind.IsGpu(DeviceId.Name(device.Id));
}
