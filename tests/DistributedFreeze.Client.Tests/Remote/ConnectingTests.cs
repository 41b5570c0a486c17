namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Connecting to clusters that are half there, or others than was thought.</summary>
[Slow]
public sealed class ConnectingTests(PlainSilo silo) : IClassFixture<PlainSilo>
{
    [Fact]
    public async Task AGatewayThatIsCutOff_KeepsNobodyFromTheOthers()
    {
        using var cutOff = new CutOffPort();

        await using var connection = await ConnectAsync(new() { Gateways = [cutOff.Gateway, silo.Gateway] });

        Assert.Empty(await connection.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AGatewayWhoseNameNobodyHas_KeepsNobodyFromTheOthers()
    {
        await using var connection = await ConnectAsync(new() { Gateways = ["nobody.invalid:30000", silo.Gateway] });

        Assert.Empty(await connection.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task GatewaysThatAreAllCutOff_AreNamedWhenTheTimeIsUp()
    {
        using var cutOff = new CutOffPort();

        var away = await Assert.ThrowsAsync<ClusterUnavailableException>(() =>
            ConnectAsync(new() { Gateways = [cutOff.Gateway], ConnectTimeout = TimeSpan.FromSeconds(0.1) }));

        Assert.StartsWith($"No cluster answered at {cutOff.Gateway} within 0.1 s", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherCluster_IsNoticedBeforeTheTimeIsUp()
    {
        var away = await Assert.ThrowsAsync<ClusterUnavailableException>(() =>
            ConnectAsync(new() { Gateways = [silo.Gateway], ClusterId = "other", ConnectTimeout = TimeSpan.FromMinutes(1) }));

        Assert.IsNotAssignableFrom<OperationCanceledException>(away.InnerException);
        Assert.Equal($"The gateway {silo.Gateway} takes connections and closes them again; is it one of cluster 'other'?", away.Message);
    }

    private static Task<ClusterConnection> ConnectAsync(DistributedFreezeClientOptions options) =>
        ClusterConnection.ConnectAsync(options, TestContext.Current.CancellationToken);
}
