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

    public SgdOptimizer(OptimizerSpec spec, long length, Device device)
    {
        _spec = spec;
        _momentum = zeros(length, device: device).DetachFromDisposeScope();
        State = spec.Momentum > 0 ? [("momentum", _momentum)] : [];
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double tailRate, double headRate, int headOffset)
    {
        if (_spec.WeightDecay > 0)
        {
            gradient.AddScaled(parameters, _spec.WeightDecay);
        }

        var direction = gradient;
        if (_spec.Momentum > 0)
        {
            // Zeros at the start give PyTorch's first step, which takes the gradient as it is.
            _momentum.Scale(_spec.Momentum).AddScaled(gradient, 1);
            direction = _momentum;
        }

        FlatSegments.ForEach(parameters, headOffset, tailRate, headRate, (segment, start, length, rate) =>
            segment.AddScaled(direction.narrow(0, start, length), -rate));
    }

    public void Dispose() => _momentum.Dispose();
}
