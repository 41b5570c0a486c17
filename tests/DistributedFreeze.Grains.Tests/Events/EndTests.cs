using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

namespace DistributedFreeze.Grains.Tests.Events;

/// <summary>A run's end is stored before anybody is told, by its status as by its events.</summary>
[Slow]
public sealed class EndTests : IDisposable
{
    private const string Below = "below";

    private readonly SmallestRuns _runs = new();

    [Theory]
    [InlineData("the run's record")]
    [InlineData("the event")]
    public async Task AnEndThatIsNotStoredYet_IsToldToNobody(string held)
    {
        HeldStorage? storage = null;
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddRunMemory(Below);
            silo.UseInMemoryReminderService();
            silo.Services.AddKeyedSingleton<IGrainStorage>(
                GrainServices.StorageName, (services, _) => storage = new(services.GetRequiredKeyedService<IGrainStorage>(Below)));
            silo.Services.AddSingleton(new DeviceOptions { CpuSlots = 2 });
            silo.Services.AddSingleton<IComputeBackend, TorchBackend>();
            silo.Services.AddSingleton<IAdviceBackend, TorchAdviceBackend>();
            silo.Services.AddDistributedFreezeGrains();
        });
        await using var cluster = builder.Build();
        await cluster.DeployAsync(TestContext.Current.CancellationToken);
        var run = cluster.Client.GetGrain<IRunGrain>("held");
        await cluster.Client.GetGrain<ICatalogueGrain>(0).ListAsync(0, 1); // makes the storage
        storage!.Holds = state => held == "the event"
            ? state is EventBlock { Events: [.., RunEvent.Ended] }
            : state is RunRecord { State: RunState.Succeeded };
        await run.StartAsync(new(_runs.Spec("out"), Resume: false));

        await storage.Reached;
        var status = await run.GetStatusAsync();
        var told = await run.ReadEventsAsync(0);

        Assert.Equal((RunState.Running, null, null), (status.State, status.Receipt, status.EndedAt));
        Assert.DoesNotContain(told, happened => happened is RunEvent.Ended);
        storage.Release();
        Assert.Equal(RunState.Succeeded, (await RunEvents.EndAsync(cluster.Client, "held")).State);
        Assert.Equal(RunState.Succeeded, (await run.GetStatusAsync()).State);
    }

    public void Dispose() => _runs.Dispose();
}
