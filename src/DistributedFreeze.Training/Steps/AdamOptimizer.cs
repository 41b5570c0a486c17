using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), by PyTorch's rules.</summary>
internal sealed class AdamOptimizer : IFlatOptimizer
{
    private readonly OptimizerSpec _spec;
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor _denominator;

    public AdamOptimizer(OptimizerSpec spec, long length, Device device)
    {
        _spec = spec;
        _first = zeros(length, device: device).DetachFromDisposeScope();
        _second = zeros(length, device: device).DetachFromDisposeScope();
        _denominator = zeros(length, device: device).DetachFromDisposeScope();
        State = [("first_moment", _first), ("second_moment", _second)];
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double tailRate, double headRate, int headOffset)
    {
        var direction = Decay(parameters, gradient, tailRate, headRate, headOffset);

        _first.Scale(_spec.Beta1).AddScaled(direction, 1 - _spec.Beta1);
        _second.Scale(_spec.Beta2).AddProduct(direction, direction, 1 - _spec.Beta2);

        var firstCorrection = 1 - Math.Pow(_spec.Beta1, stepsBefore + 1);
        var secondCorrection = 1 - Math.Pow(_spec.Beta2, stepsBefore + 1);
        _denominator.copy_(_second).sqrt_().DivideBy(Math.Sqrt(secondCorrection)).AddNumber(_spec.Epsilon);
        FlatSegments.ForEach(parameters, headOffset, tailRate, headRate, (segment, start, length, rate) =>
            segment.AddQuotient(_first.narrow(0, start, length), _denominator.narrow(0, start, length), -rate / firstCorrection));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _denominator.Dispose();
    }

    /// <returns>What the moments are taken of: the gradient, or for adam the gradient with the decay in it.</returns>
    private Tensor Decay(Tensor parameters, Tensor gradient, double tailRate, double headRate, int headOffset)
    {
        if (_spec.WeightDecay == 0)
        {
            return gradient;
        }

        if (_spec.Kind == OptimizerKind.Adam)
        {
            // The denominator is not needed before the moments are.
            return _denominator.copy_(gradient).AddScaled(parameters, _spec.WeightDecay);
        }

        FlatSegments.ForEach(parameters, headOffset, tailRate, headRate, (segment, _, _, rate) =>
            segment.Scale(1 - rate * _spec.WeightDecay));
        return gradient;
    }
}
