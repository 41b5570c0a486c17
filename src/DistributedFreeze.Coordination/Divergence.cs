using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>A loss that is no number: the last steps left weights that are none, or far too large.</summary>
internal static class Divergence
{
    /// <summary>How the run fails.</summary>
    /// <param name="which">Which loss it is, such as <c>validation loss</c>.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="where">Where in the phase, such as <c>, step 3</c>; empty for the whole of it.</param>
    /// <param name="spec">The phase's spec.</param>
    public static RunFailedException Of(string which, double loss, int phase, string where, PhaseSpec spec) => new(
        $"The {which} became {loss} in phase {phase + 1}{where}. Training diverged: lower `phases[{phase}].optimizer.learning_rate` "
        + $"({spec.Optimizer.LearningRate}), or warm up with `phases[{phase}].schedule.warmup_epochs`.")
    {
        IsDivergence = true,
    };
}
