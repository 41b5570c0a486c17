using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), by PyTorch's rules.</summary>
internal sealed class AdamOptimizer : IFlatOptimizer
{
    private readonly OptimizerSpec _spec;
    private readonly ImmutableArray<ParameterGroup> _groups;
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor _denominator;

    public AdamOptimizer(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups, Device device)
    {
        _spec = spec;
        _groups = groups;
        var length = groups.Sum(group => (long)group.Length);
        _first = zeros(length, device: device).DetachFromDisposeScope();
        _second = zeros(length, device: device).DetachFromDisposeScope();
        _denominator = zeros(length, device: device).DetachFromDisposeScope();
        State = [("first_moment", _first), ("second_moment", _second)];
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double factor)
    {
        var direction = Decay(parameters, gradient, factor);

        _first.Scale(_spec.Beta1).AddScaled(direction, 1 - _spec.Beta1);
        _second.Scale(_spec.Beta2).AddProduct(direction, direction, 1 - _spec.Beta2);

        var firstCorrection = 1 - Math.Pow(_spec.Beta1, stepsBefore + 1);
        var secondCorrection = 1 - Math.Pow(_spec.Beta2, stepsBefore + 1);
        _denominator.copy_(_second).sqrt_().DivideBy(Math.Sqrt(secondCorrection)).AddNumber(_spec.Epsilon);
        FlatSegments.ForEach(parameters, _groups, (segment, group) => segment.AddQuotient(
            _first.narrow(0, group.Start, group.Length), _denominator.narrow(0, group.Start, group.Length), -(group.Rate * factor) / firstCorrection));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _denominator.Dispose();
    }

    /// <returns>What the moments are taken of: the gradient, or for adam the gradient with the decay in it.</returns>
    private Tensor Decay(Tensor parameters, Tensor gradient, double factor)
    {
        if (_spec.WeightDecay == 0)
        {
            return gradient;
        }

        if (_spec.Kind == OptimizerKind.Adam)
        {
            // The denominator is not needed before the moments are.
            _denominator.copy_(gradient);
            FlatSegments.ForEachThatDecays(_denominator, _groups, (segment, group) =>
                segment.AddScaled(parameters.narrow(0, group.Start, group.Length), _spec.WeightDecay));
            return _denominator;
        }

        FlatSegments.ForEachThatDecays(parameters, _groups, (segment, group) => segment.Scale(1 - group.Rate * factor * _spec.WeightDecay));
        return gradient;
    }
}
