using System.Collections.Immutable;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Events;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Grain in front of a run's <see cref="RunCoordinator"/>.</summary>
internal sealed class RunGrain : Grain, IRunGrain, IRunHome, IDisposable
{
    /// <summary>Name of the grain storage.</summary>
    public const string Storage = "runs";

    private readonly IPersistentState<RunRecord> _store;
    private readonly IGrainStorage _storage;
    private readonly RunServices _services;
    private RunCoordinator _coordinator = null!; // made when activated: before that nothing is read

    public RunGrain(
        [PersistentState("run", Storage)] IPersistentState<RunRecord> store,
        [FromKeyedServices(Storage)] IGrainStorage storage,
        IGrainFactory grains,
        TimeProvider time,
        RunTelemetry telemetry,
        PathRoots roots,
        RunShutdown shutdown,
        CoordinationOptions options,
        Whereabouts whereabouts,
        RetryingStore retrying,
        OrphanRecovery keeper,
        MemoryAdmission memory,
        ArtefactHashes hashes,
        ILogger<RunCoordinator> logger)
    {
        _store = store;
        _storage = storage;
        _services = new()
        {
            Grains = grains,
            Time = time,
            Telemetry = telemetry,
            Roots = roots,
            Options = options,
            Whereabouts = whereabouts,
            RetryingStore = retrying,
            Watch = shutdown.Watch,
            LookAgain = keeper.LookAgain,
            RequireMemory = memory.RequireAsync,
            Hashes = hashes,
            Logger = logger,
        };
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var blocks = new StoredEventBlocks(_storage, _services.RetryingStore, this.GetGrainId());
        _coordinator = new(this.GetPrimaryKeyString(), this, _store, blocks, new(_storage, _services.RetryingStore, this.GetGrainId()), _services);
        return _coordinator.ActivateAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _coordinator.DeactivateAsync(cancellationToken);

    public Task StartAsync(RunSubmission submission) => _coordinator.StartAsync(submission);

    public Task StartUntilAsync(RunSubmission submission, int epochs) => _coordinator.StartAsync(submission, epochs);

    public Task<RunStatus> GetStatusAsync() => _coordinator.GetStatusAsync();

    public Task<ImmutableArray<EpochResult>> ReadEpochsAsync(int after) => _coordinator.ReadEpochsAsync(after);

    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => _coordinator.ReadEventsAsync(after);

    public Task InterruptAsync() => _coordinator.InterruptAsync();

    public Task PauseAsync() => _coordinator.PauseAsync();

    public Task ResumeAsync() => _coordinator.ResumeAsync();

    public Task ResumeUntilAsync(int epochs) => _coordinator.ResumeAsync(epochs);

    public Task CancelAsync() => _coordinator.CancelAsync();

    public Task CancelBecauseAsync(string reason) => _coordinator.CancelAsync(reason);

    public Task DeleteAsync() => _coordinator.DeleteAsync();

    public Task<ImmutableArray<Artefact>> ListArtefactsAsync() => _coordinator.ListArtefactsAsync();

    public Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) => _coordinator.ReadArtefactAsync(name, offset, count);

    public Task TurnAsync() => _coordinator.TurnAsync();

    public Task KeepGoingAsync() => _coordinator.KeepGoingAsync();

    public void Dispose() => _coordinator?.Dispose();

    string IRunHome.Silo => GrainContext.Address.SiloAddress!.ToParsableString();

    void IRunHome.Stay() => DelayDeactivation(Timeout.InfiniteTimeSpan);

    void IRunHome.StayNoLonger() => DelayDeactivation(TimeSpan.Zero);

    void IRunHome.Leave() => DeactivateOnIdle();
}
