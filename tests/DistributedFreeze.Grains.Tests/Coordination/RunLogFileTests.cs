using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Tests.Events;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunLogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EveryEventOfEveryBlock_HasALineAndTheEndTheLast()
    {
        var output = new OutputFolder(_folder.Path);
        var events = new RunEventLog(new HeldBlocks(), TimeProvider.System, _ => { });
        for (var position = 1; position <= EventBlock.Size + 2; position++)
        {
            events.Append(new RunEvent.Queued(position));
        }

        await RunLogFile.WriteAsync(output, events, new(RunState.Interrupted, "Interrupted on request.", []), DateTimeOffset.UnixEpoch);

        var lines = await File.ReadAllLinesAsync(output.Log, TestContext.Current.CancellationToken);
        Assert.Equal(EventBlock.Size + 3, lines.Length);
        Assert.Equal(lines.Length, lines.Distinct().Count());
        Assert.Contains("Interrupted on request.", lines[^1], StringComparison.Ordinal);
    }
}
