using System.Collections.Immutable;
using DistributedFreeze.Client;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Tests.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace DistributedFreeze.Grains.Tests.Planning;

/// <summary>A silo that lends runs little memory refuses those of which it could not hold one replica.</summary>
[Slow]
public sealed class MemoryRefusalTests : IAsyncLifetime
{
    private const long Lent = 1L << 30;

    private readonly SmallestRuns _runs = new();
    private readonly InProcessTestCluster _cluster;

    public MemoryRefusalTests()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddRunMemory(GrainServices.StorageName);
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton(new DeviceOptions { CpuSlots = 2, RunMemoryBytes = Lent, FeatureMemoryBytes = 1 << 20 });
            silo.Services.AddSingleton<IComputeBackend, TorchBackend>();
            silo.Services.AddSingleton<IAdviceBackend, TorchAdviceBackend>();
            silo.Services.AddDistributedFreezeGrains();
        });
        _cluster = builder.Build();
    }

    [Fact]
    public async Task WhatNoSiloCouldHold_IsRefusedAtSubmit_AndItsFieldNamed()
    {
        var spec = _runs.Spec("out") with { MinReplicas = 1 };
        ImmutableArray<int> wide = [16_384, 16_384, 16_384];

        await RefusedAsync("model.head.hidden", spec with { Model = spec.Model with { Head = new() { Hidden = wide } } });
        await RefusedAsync("batch_size", spec with { BatchSize = 65_536, Shards = 1, Replicas = 1 });
        await RefusedAsync("data.max_pixels", spec with { Data = spec.Data with { MaxPixels = 536_000_000 } });
        Assert.False(Directory.Exists(spec.Output));
    }

    [Fact]
    public async Task WhoeverNeedsMoreReplicasThanThereIsMemoryFor_IsRefused()
    {
        var few = _runs.Spec("out") with { Phases = [new()], Shards = 2, MinReplicas = 2 };
        few = few with { Data = few.Data with { MaxPixels = 64 * 64 } };
        var wide = few with { Model = few.Model with { Head = new() { Hidden = [1_200, 1_200] } } };

        await RefusedAsync("min_replicas", wide);

        Assert.True((await Client.PlanAsync(few, Token)).Memory is { AvailableBytes: Lent } memory && memory.Bytes + memory.BytesOfAnother < Lent);
    }

    [Fact]
    public async Task WhatFits_IsTrained()
    {
        var spec = _runs.Spec("out");
        spec = spec with { Data = spec.Data with { MaxPixels = 1_000_000 } };

        var events = await RunEvents.ToTheEndAsync(_cluster.Client, await Client.SubmitAsync(spec, cancellationToken: Token));

        Assert.Equal(RunState.Succeeded, Assert.IsType<RunEvent.Ended>(events[^1]).State);
    }

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _runs.Dispose();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DistributedFreezeClient Client => new(_cluster.Client);

    private async Task RefusedAsync(string field, RunSpec spec)
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Client.SubmitAsync(spec, cancellationToken: Token));

        Assert.Equal(field, Assert.Single(refused.Problems).Field);
    }
}
