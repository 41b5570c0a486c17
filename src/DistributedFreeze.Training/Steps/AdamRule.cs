using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

/// <summary>The numbers of one step of Adam on one group of parameters.</summary>
/// <param name="FirstKept">Share of the first moment that stays.</param>
/// <param name="FirstShare">Share of the gradient in it.</param>
/// <param name="SecondKept">Share of the second moment that stays.</param>
/// <param name="SecondShare">Share of the gradient's square in it.</param>
/// <param name="RootCorrection">What the second moment's root is divided by.</param>
/// <param name="Epsilon">What is added to it.</param>
/// <param name="Step">The learning rate over the first moment's correction, negative.</param>
/// <param name="Decay">How much of a parameter is added to its gradient, as adam does.</param>
/// <param name="Shrink">What a parameter is multiplied by beforehand, as adamw does; 1 where nothing decays.</param>
internal readonly record struct AdamRule(
    float FirstKept, float FirstShare, float SecondKept, float SecondShare, float RootCorrection, float Epsilon, float Step, float Decay, float Shrink)
{
    /// <param name="spec">The optimizer.</param>
    /// <param name="group">The parameters.</param>
    /// <param name="stepsBefore">Steps applied before, from 0.</param>
    /// <param name="factor">What the learning rate is multiplied by.</param>
    public static AdamRule Of(OptimizerSpec spec, ParameterGroup group, long stepsBefore, double factor)
    {
        var decay = group.Decays ? spec.WeightDecay : 0;
        return new(
            (float)spec.Beta1,
            (float)(1 - spec.Beta1),
            (float)spec.Beta2,
            (float)(1 - spec.Beta2),
            (float)Math.Sqrt(1 - Math.Pow(spec.Beta2, stepsBefore + 1)),
            (float)spec.Epsilon,
            (float)(-(group.Rate * factor) / (1 - Math.Pow(spec.Beta1, stepsBefore + 1))),
            spec.Kind == OptimizerKind.Adam ? (float)decay : 0,
            spec.Kind == OptimizerKind.AdamW ? (float)(1 - group.Rate * factor * decay) : 1);
    }
}
