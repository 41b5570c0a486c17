using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Stochastic gradient descent with momentum, by PyTorch's rule (torch.optim.SGD, dampening 0, no Nesterov).</summary>
internal sealed class SgdOptimizer : IFlatOptimizer
{
    private readonly OptimizerSpec _spec;
    private readonly ImmutableArray<ParameterGroup> _groups;
    private readonly Tensor _momentum;
    private readonly Tensor? _decayed;

    public SgdOptimizer(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups, Device device)
    {
        _spec = spec;
        _groups = groups;
        var length = groups.Sum(group => (long)group.Length);
        _momentum = zeros(length, device: device).DetachFromDisposeScope();
        _decayed = spec.WeightDecay > 0 ? zeros(length, device: device).DetachFromDisposeScope() : null;
        State = spec.Momentum > 0 ? [("momentum", _momentum)] : [];
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double factor)
    {
        var direction = WithDecay(parameters, gradient);
        if (_spec.Momentum > 0)
        {
            // Zeros at the start give PyTorch's first step, which takes the gradient as it is.
            _momentum.Scale(_spec.Momentum).AddScaled(direction, 1);
            direction = _momentum;
        }

        FlatSegments.ForEach(parameters, _groups, (segment, group) =>
            segment.AddScaled(direction.narrow(0, group.Start, group.Length), -(group.Rate * factor)));
    }

    public void Dispose()
    {
        _momentum.Dispose();
        _decayed?.Dispose();
    }

    private Tensor WithDecay(Tensor parameters, Tensor gradient)
    {
        if (_decayed is null)
        {
            return gradient;
        }

        _decayed.copy_(gradient);
        FlatSegments.ForEachThatDecays(_decayed, _groups, (segment, group) =>
            segment.AddScaled(parameters.narrow(0, group.Start, group.Length), _spec.WeightDecay));
        return _decayed;
    }
}
