using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Silos that find one another through Redis.</summary>
[Slow]
public sealed class SeveralSilosTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Fact]
    public async Task TwoSilos_AreOneClusterThatKeepsItsRuns()
    {
        using var redis = await RedisServer.StartAsync();
        string[] settings = ["Clustering=redis", $"Redis={redis.Connection}"];
        await using var one = await SiloProcess.StartAsync(settings);
        await using var other = await SiloProcess.StartAsync(settings);
        await using var throughOne = await ConnectAsync(one);
        await using var throughOther = await ConnectAsync(other);

        var first = await throughOne.Client.SubmitAsync(Spec("first", epochs: 2), cancellationToken: TestContext.Current.CancellationToken);
        var second = await throughOther.Client.SubmitAsync(Spec("second", epochs: 2), cancellationToken: TestContext.Current.CancellationToken);

        var told = await EventsAsync(throughOther.Client, first);
        Assert.Equal(1, told[0].Sequence);
        Assert.Equal(1, (await EventsAsync(throughOne.Client, second))[0].Sequence);
        var runs = await throughOne.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([second, first], runs.Select(run => run.RunId));
        Assert.Single(runs.Select(run => run.Receipt!.ModelSha256).Distinct());

        await one.KillAsync();
        await other.KillAsync();
        await using var third = await SiloProcess.StartAsync(settings);
        await using var throughThird = await ConnectAsync(third);

        Assert.Equal(told.Select(RunEventText.Line), (await EventsAsync(throughThird.Client, first)).Select(RunEventText.Line));
        Assert.Equal(runs[0].Receipt!.ModelSha256, (await throughThird.Client.WaitAsync(second, TestContext.Current.CancellationToken)).Receipt!.ModelSha256);
    }

    public void Dispose() => _images.Dispose();

    private static Task<ClusterConnection> ConnectAsync(SiloProcess silo) =>
        ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, TestContext.Current.CancellationToken);

    private static async Task<List<RunEvent>> EventsAsync(DistributedFreezeClient client, string runId)
    {
        var events = new List<RunEvent>();
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: TestContext.Current.CancellationToken))
        {
            events.Add(happened);
        }

        return events;
    }

    private RunSpec Spec(string output, int epochs) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Output = _images.In(output),
        Phases = [new() { Epochs = epochs, Freeze = new Freezing.FreezePolicy.LastLayers(10) }],
    };
}
