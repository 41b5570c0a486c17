using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>Silos that find one another, and keep their runs, in PostgreSQL.</summary>
[Slow]
public sealed class PostgreSqlTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Fact]
    public async Task TwoSilos_AreOneClusterWhoseRunsOutliveIt()
    {
        using var database = await PostgreSqlServer.StartAsync();
        string[] settings = ["Clustering=adonet", $"PostgreSql={database.Connection}", "CpuSlots=1", "ExchangePort=0"];

        // Both at once: one of them makes the tables, the other one waits for it.
        var starting = (SiloProcess.StartAsync(settings), SiloProcess.StartAsync(settings));
        await using var one = await starting.Item1;
        await using var other = await starting.Item2;
        await using var throughOne = await ConnectAsync(one);
        await using var throughOther = await ConnectAsync(other);

        var first = await throughOne.Client.SubmitAsync(Spec("first"), cancellationToken: TestContext.Current.CancellationToken);
        var second = await throughOther.Client.SubmitAsync(Spec("second"), cancellationToken: TestContext.Current.CancellationToken);
        var ended = await throughOther.Client.WaitAsync(first, TestContext.Current.CancellationToken);
        await throughOne.Client.WaitAsync(second, TestContext.Current.CancellationToken);
        Assert.Equal(RunState.Succeeded, ended.State);
        await one.KillAsync();
        await other.KillAsync();
        await using var third = await SiloProcess.StartAsync(settings);
        await using var throughThird = await ConnectAsync(third);

        var kept = await throughThird.Client.ListAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([second, first], kept.Select(run => run.RunId));
        Assert.All(kept, run => Assert.Equal(ended.Receipt!.ModelSha256, run.Receipt!.ModelSha256));
    }

    [Fact]
    public async Task ADatabaseThatIsAway_IsOneLineAndExitCode1()
    {
        var (exitCode, error) = await SiloProcess.EndAsync("Clustering=adonet", "PostgreSql=Host=127.0.0.1;Port=1;Username=dfreeze;Password=never-shown");

        Assert.Equal(1, exitCode);
        Assert.Contains("127.0.0.1:1", error, StringComparison.Ordinal);
        Assert.DoesNotContain("never-shown", error, StringComparison.Ordinal);
    }

    public void Dispose() => _images.Dispose();

    private static Task<ClusterConnection> ConnectAsync(SiloProcess silo) =>
        ClusterConnection.ConnectAsync(new() { Gateways = [silo.Gateway] }, TestContext.Current.CancellationToken);

    private RunSpec Spec(string output) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        BatchSize = 8,
        Shards = 4,
        Output = _images.In(output),
        Replicas = 1,
        Phases = [new() { Epochs = 1 }],
    };
}
