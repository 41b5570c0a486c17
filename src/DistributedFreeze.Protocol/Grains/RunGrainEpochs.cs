using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains;

/// <summary>A run's epochs, read from its grain.</summary>
public static class RunGrainEpochs
{
    /// <summary>Reads what all of a run's epochs came to, some hundreds at a time.</summary>
    /// <param name="run">The run.</param>
    /// <returns>Those that were done when the last of them were read, in order.</returns>
    /// <exception cref="Errors.RunNotFoundException">No such run was started.</exception>
    public static async Task<ImmutableArray<EpochResult>> ReadAllEpochsAsync(this IRunGrain run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var all = ImmutableArray.CreateBuilder<EpochResult>();
        while (await run.ReadEpochsAsync(all.Count) is { IsEmpty: false } some)
        {
            all.AddRange(some);
        }

        return all.ToImmutable();
    }
}
