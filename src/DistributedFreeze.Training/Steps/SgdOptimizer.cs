using System.Collections.Immutable;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Stochastic gradient descent with momentum, by PyTorch's rule (torch.optim.SGD, dampening 0, no Nesterov).</summary>
internal sealed class SgdOptimizer : IFlatOptimizer
{
    private readonly OptimizerSpec _spec;
    private readonly Tensor _momentum;
    private readonly Tensor? _decayed;

    public SgdOptimizer(OptimizerSpec spec, long length, Device device)
    {
        _spec = spec;
        _momentum = zeros(length, device: device).DetachFromDisposeScope();
        _decayed = spec.WeightDecay > 0 ? zeros(length, device: device).DetachFromDisposeScope() : null;
        State = spec.Momentum > 0 ? [("momentum", _momentum)] : [];
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double tailRate, double headRate, int headOffset)
    {
        var direction = WithDecay(parameters, gradient);
        if (_spec.Momentum > 0)
        {
            // Zeros at the start give PyTorch's first step, which takes the gradient as it is.
            _momentum.Scale(_spec.Momentum).AddScaled(direction, 1);
            direction = _momentum;
        }

        FlatSegments.ForEach(parameters, headOffset, tailRate, headRate, (segment, start, length, rate) =>
            segment.AddScaled(direction.narrow(0, start, length), -rate));
    }

    public void Dispose()
    {
        _momentum.Dispose();
        _decayed?.Dispose();
    }

    private Tensor WithDecay(Tensor parameters, Tensor gradient) =>
        _decayed is null ? gradient : _decayed.copy_(gradient).AddScaled(parameters, _spec.WeightDecay);
}
