using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A run's grain that answers nothing but what a test gives it to say.</summary>
internal abstract class RunStandIn : IRunGrain
{
    public virtual Task<ImmutableArray<RunEvent>> ReadEventsAsync(long after) => throw new NotSupportedException();

    public virtual Task<ImmutableArray<EpochResult>> ReadEpochsAsync(int after) => throw new NotSupportedException();

    public virtual Task<ImmutableArray<Artefact>> ListArtefactsAsync() => throw new NotSupportedException();

    public virtual Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count) => throw new NotSupportedException();

    public virtual Task StartAsync(RunSubmission submission) => throw new NotSupportedException();

    public virtual Task StartUntilAsync(RunSubmission submission, int epochs) => throw new NotSupportedException();

    public virtual Task<RunStatus> GetStatusAsync() => throw new NotSupportedException();

    public Task InterruptAsync() => throw new NotSupportedException();

    public Task PauseAsync() => throw new NotSupportedException();

    public virtual Task ResumeAsync() => throw new NotSupportedException();

    public virtual Task ResumeUntilAsync(int epochs) => throw new NotSupportedException();

    public Task CancelAsync() => throw new NotSupportedException();

    public virtual Task CancelBecauseAsync(string reason) => throw new NotSupportedException();

    public Task DeleteAsync() => throw new NotSupportedException();

    public Task TurnAsync() => throw new NotSupportedException();

    public Task KeepGoingAsync() => throw new NotSupportedException();
}

/// <summary>A factory of one grain.</summary>
public class OneGrain : DispatchProxy
{
    private IRunGrain? _run;

    internal static IGrainFactory Of(IRunGrain run)
    {
        var factory = Create<IGrainFactory, OneGrain>();
        ((OneGrain)factory)._run = run;
        return factory;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _run;
}
