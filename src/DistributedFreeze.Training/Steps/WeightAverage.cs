using System.Collections.Immutable;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>
/// A moving average of the parameters of a phase, by PyTorch's rule (torch.optim.swa_utils.AveragedModel with get_ema_multi_avg_fn): it is the parameters after the
/// first step, and moves towards them in each later one.
/// </summary>
/// <remarks>Part of the state that a checkpoint keeps. Belongs to one device thread.</remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly Tensor _parameters;
    private readonly double _decay;
    private readonly Tensor _average;
    private readonly Tensor _aside;

    /// <param name="parameters">The flat parameters, which stay the caller's.</param>
    /// <param name="decay">Weight of what was, above 0 and below 1.</param>
    public WeightAverage(Tensor parameters, double decay)
    {
        using var noGradient = no_grad();
        (_parameters, _decay) = (parameters, decay);
        _average = parameters.clone().DetachFromDisposeScope();
        _aside = zeros_like(parameters).DetachFromDisposeScope();
        State = [("average", _average)];
    }

    /// <summary>What a later step needs, by name.</summary>
    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    /// <summary>Follows a step.</summary>
    /// <param name="stepsBefore">Steps of this phase applied before it, from 0.</param>
    public void Follow(long stepsBefore)
    {
        if (stepsBefore == 0)
        {
            _average.copy_(_parameters);
        }
        else
        {
            _average.Scale(_decay).AddScaled(_parameters, 1 - _decay);
        }
    }

    /// <summary>The average stands in for the parameters until what is returned is disposed of.</summary>
    public IDisposable StandIn()
    {
        using var noGradient = no_grad();
        _aside.copy_(_parameters);
        _parameters.copy_(_average);
        return new Aside(this);
    }

    /// <summary>The average takes the parameters' place for good.</summary>
    public void Become()
    {
        using var noGradient = no_grad();
        _parameters.copy_(_average);
    }

    /// <summary>Begins anew from the parameters.</summary>
    public void BeginFrom()
    {
        using var noGradient = no_grad();
        _average.copy_(_parameters);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _average.Dispose();
        _aside.Dispose();
    }

    private sealed class Aside(WeightAverage average) : IDisposable
    {
        public void Dispose()
        {
            using var noGradient = no_grad();
            average._parameters.copy_(average._aside);
        }
    }
}
