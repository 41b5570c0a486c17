using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains;

/// <summary>Says what a run would be, without starting it; any key will do.</summary>
/// <remarks>A large ONNX base takes minutes to look at, one at a time in a silo.</remarks>
[Alias("df.planner")]
public interface IPlannerGrain : IGrainWithIntegerKey
{
    /// <summary>Plans a run.</summary>
    /// <param name="spec">The run.</param>
    /// <exception cref="Errors.InvalidInputException">
    /// The spec is invalid, a path lies where this silo lets no run read or write, or data, weights or output folder cannot be used.
    /// </exception>
    [Alias("plan"), ResponseTimeout("00:10:00")]
    Task<PlannedRun> PlanAsync(RunSpec spec);

    /// <summary>Plans a run of a caller, who may be bound to folders.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="owner">The caller; null for one who was not asked.</param>
    /// <exception cref="Errors.InvalidInputException">As with <see cref="PlanAsync"/>, or a path lies outside the caller's folders.</exception>
    [Alias("plan-for"), ResponseTimeout("00:10:00")]
    Task<PlannedRun> PlanForAsync(RunSpec spec, RunOwner? owner);
}
