using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains;

/// <summary>Which run owns an output folder; the key is the folder's path with every link followed.</summary>
[Alias("df.output")]
public interface IOutputGrain : IGrainWithStringKey
{
    /// <summary>Gives the folder to a run, unless another that has not ended has it. Asking again does nothing.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>Null where the run has it now; otherwise the id of the run that has it.</returns>
    [Alias("claim")]
    Task<string?> ClaimAsync(string runId);

    /// <summary>As <see cref="ClaimAsync"/>, but a run that can be resumed keeps the folder from other callers' runs, also once it has ended.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="owner">Who submits it; null for nobody, whom it is kept from by unfinished runs alone.</param>
    /// <returns>Null where the run has it now; otherwise the id of the run that has it.</returns>
    [Alias("claim-for")]
    Task<string?> ClaimForAsync(string runId, RunOwner? owner);

    /// <summary>Forgets a run that has been deleted; does nothing where the folder is another's.</summary>
    /// <param name="runId">The run.</param>
    [Alias("release")]
    Task ReleaseAsync(string runId);
}
