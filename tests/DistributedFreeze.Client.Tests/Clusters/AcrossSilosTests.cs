namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>Law 3 across processes: one, two and three silos give the very bits of a single process.</summary>
public sealed class AcrossSilosTests(ClusterRuns runs) : IClassFixture<ClusterRuns>
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    public async Task SilosInProcessesOfTheirOwn_GiveTheBitsOfASingleProcess(int silos, int slots)
    {
        await using var cluster = await SiloCluster.StartAsync(silos, slots);
        await using var connection = await cluster.ConnectAsync();
        var client = connection.Client;

        var spec = runs.Spec($"on-{silos}-{slots}", silos * slots, epochs: 40) with { MinReplicas = silos * slots };
        var runId = await client.SubmitAsync(spec, cancellationToken: TestContext.Current.CancellationToken);
        var run = await client.WaitAsync(runId, TestContext.Current.CancellationToken);

        runs.AssertSameResult(run);
        Assert.Equal(silos * slots, run.Receipt!.Replicas);
    }
}
