using System.Collections.Immutable;
using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>A run's grain, without Orleans behind it.</summary>
internal abstract class RunDoor : IRunGrain
{
    public RunCoordinator Coordinator { get; protected set; } = null!;

    public Task StartAsync(RunSubmission submission) => Coordinator.StartAsync(submission);

    public Task StartUntilAsync(RunSubmission submission, int epochs) => Coordinator.StartAsync(submission, epochs);

    public Task<RunStatus> GetStatusAsync() => Coordinator.GetStatusAsync();

    public Task<ImmutableArray<EpochResult>> ReadEpochsAsync(int after) => Coordinator.ReadEpochsAsync(after);

    public Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => Coordinator.ReadEventsAsync(after);

    public Task InterruptAsync() => Coordinator.InterruptAsync();

    public Task PauseAsync() => Coordinator.PauseAsync();

    public Task ResumeAsync() => Coordinator.ResumeAsync();

    public Task ResumeUntilAsync(int epochs) => Coordinator.ResumeAsync(epochs);

    public Task CancelAsync() => Coordinator.CancelAsync();

    public Task CancelBecauseAsync(string reason) => Coordinator.CancelAsync(reason);

    public Task DeleteAsync() => Coordinator.DeleteAsync();

    public Task<ImmutableArray<Artefact>> ListArtefactsAsync() => Coordinator.ListArtefactsAsync();

    public Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) => Coordinator.ReadArtefactAsync(name, offset, count);

    public Task TurnAsync() => Coordinator.TurnAsync();

    public Task KeepGoingAsync() => Coordinator.KeepGoingAsync();
}
