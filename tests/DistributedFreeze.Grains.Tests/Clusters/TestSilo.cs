using System.Collections.Concurrent;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Tests.Clusters;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

[assembly: AssemblyFixture(typeof(TestSilo))]

namespace DistributedFreeze.Grains.Tests.Clusters;

/// <summary>One silo and a client apart from it, so that every call and every error crosses the wire.</summary>
public sealed class TestSilo : IAsyncLifetime
{
    private const int Slots = 16;

    /// <summary>So that none waits for another's memory, whatever the machine has.</summary>
    private const long AnyRun = 1L << 50;

    private readonly WindowGates _gates = new();
    private readonly MarkGates _marks = new();
    private readonly InProcessTestCluster _cluster;

    public TestSilo()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddRunMemory(GrainServices.StorageName);
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton(new DeviceOptions { CpuSlots = Slots, RunMemoryBytes = AnyRun });
            silo.Services.AddSingleton(new CoordinationOptions { EmptyEntryTime = TimeSpan.Zero });
            silo.Services.AddSingleton<IComputeBackend, TorchBackend>();
            silo.Services.AddSingleton<IAdviceBackend, TorchAdviceBackend>();
            silo.Services.AddDistributedFreezeGrains();
            silo.Services.AddSingleton<IIncomingGrainCallFilter>(_gates);
            silo.Services.AddSingleton<IOutgoingGrainCallFilter>(_marks);
        });
        _cluster = builder.Build();
    }

    /// <summary>The client's way to the grains.</summary>
    public IClusterClient Client => _cluster.Client;

    /// <summary>Id of the device that runs get last.</summary>
    public string LastDevice => DeviceId.Of(_cluster.Silos[0].SiloAddress.ToParsableString(), $"cpu:{Slots - 1}");

    /// <summary>Ends a grain's activation and waits until it is gone.</summary>
    public Task DeactivateAsync(IAddressable grain) => _cluster.DeactivateAsync(grain);

    /// <summary>Stores what an earlier coordinator has left of a run that is not active.</summary>
    internal Task StoreAsync(IRunGrain run, RunRecord record) => _cluster.Silos[0].ServiceProvider
        .GetRequiredKeyedService<IGrainStorage>(GrainServices.StorageName)
        .WriteStateAsync("run", run.GetGrainId(), new GrainState<RunRecord>(record));

    /// <summary>Starts a run and gives its grain.</summary>
    internal async Task<IRunGrain> StartAsync(string runId, RunSpec spec, bool resume = false)
    {
        var run = Client.GetGrain<IRunGrain>(runId);
        await run.StartAsync(new(spec, resume));
        return run;
    }

    /// <summary>Holds every window of a run but its first, until the gate is opened.</summary>
    internal Gate GateAfterFirstWindow(string runId) => _gates.Add(runId);

    /// <summary>Holds what a run tells the catalogue of itself, until the gate is opened.</summary>
    internal Gate GateBeforeMark(string runId, bool unfinished) => _marks.Add(runId, unfinished);

    public async ValueTask InitializeAsync() => await _cluster.DeployAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private sealed class WindowGates : IIncomingGrainCallFilter
    {
        private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

        /// <summary>The run that each replica was prepared for last.</summary>
        private readonly ConcurrentDictionary<GrainId, string> _runs = new();

        public Gate Add(string runId) => _gates.GetOrAdd(runId, _ => new());

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (context.InterfaceMethod?.Name == nameof(IReplicaGrain.PrepareAsync) && context.Request.GetArgument(0) is PrepareOrder order)
            {
                _runs[context.TargetId] = order.RunId;
            }

            if (context.InterfaceMethod?.Name == nameof(IReplicaGrain.RunWindowAsync)
                && context.Request.GetArgument(0) is WindowOrder { FirstStep: > 0 }
                && _gates.TryGetValue(_runs[context.TargetId], out var gate))
            {
                await gate.PassAsync();
            }

            await context.Invoke();
        }
    }

    private sealed class MarkGates : IOutgoingGrainCallFilter
    {
        private readonly ConcurrentDictionary<(string RunId, bool Unfinished), Gate> _gates = new();

        public Gate Add(string runId, bool unfinished) => _gates.GetOrAdd((runId, unfinished), _ => new());

        public async Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.InterfaceMethod?.Name == nameof(ICatalogueGrain.MarkAsync)
                && context.Request.GetArgument(0) is string runId
                && context.Request.GetArgument(1) is bool unfinished
                && _gates.TryGetValue((runId, unfinished), out var gate))
            {
                await gate.PassAsync();
            }

            await context.Invoke();
        }
    }
}

/// <summary>Where calls wait.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a call waits.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.SetResult();

    public Task PassAsync()
    {
        _reached.TrySetResult();
        return _open.Task;
    }
}
