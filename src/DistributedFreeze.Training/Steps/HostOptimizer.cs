using System.Collections.Immutable;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Any of the update rules on the processor, in one pass over parameters, gradient and state.</summary>
/// <remarks>With the bits, and the state, of <see cref="SgdOptimizer"/> and <see cref="AdamOptimizer"/>, which pass over the memory once for each operation.</remarks>
internal sealed class HostOptimizer : IFlatOptimizer
{
    /// <summary>Elements that Adam moves at a time: those of all its vectors stay in the second-level cache.</summary>
    private const int BlockLength = 1 << 15;

    /// <summary>Libtorch takes the roots, since its own have other bits than the processor's.</summary>
    private readonly Tensor? _roots;

    private readonly OptimizerSpec _spec;
    private readonly ImmutableArray<ParameterGroup> _groups;

    public HostOptimizer(OptimizerSpec spec, ImmutableArray<ParameterGroup> groups)
    {
        var length = groups.Sum(group => (long)group.Length);
        _spec = spec;
        _groups = groups;
        State = [.. Names(spec).Select(name => (name, zeros(length).DetachFromDisposeScope()))];
        _roots = spec.Kind == OptimizerKind.Sgd ? null : zeros(Math.Min(length, BlockLength)).DetachFromDisposeScope();
    }

    public ImmutableArray<(string Name, Tensor Values)> State { get; }

    public void Apply(Tensor parameters, Tensor gradient, long stepsBefore, double factor)
    {
        foreach (var group in _groups)
        {
            var values = Of(parameters, group);
            var change = Of(gradient, group);
            if (_spec.Kind == OptimizerKind.Sgd)
            {
                HostUpdates.Descend(
                    values, change, State.IsEmpty ? [] : Of(State[0].Values, group), _spec.Momentum, group.Rate * factor, group.Decays ? _spec.WeightDecay : 0);
            }
            else
            {
                Adam(values, change, Of(State[0].Values, group), Of(State[1].Values, group), AdamRule.Of(_spec, group, stepsBefore, factor));
            }
        }
    }

    private void Adam(Span<float> parameters, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second, AdamRule rule)
    {
        for (var start = 0; start < parameters.Length; start += BlockLength)
        {
            var count = Math.Min(BlockLength, parameters.Length - start);
            using var roots = _roots!.narrow(0, 0, count);
            var values = HostUpdates.Values(roots);
            HostUpdates.Moments(parameters.Slice(start, count), gradient.Slice(start, count), first.Slice(start, count), second.Slice(start, count), values, rule);
            roots.sqrt_().Dispose();
            HostUpdates.Move(parameters.Slice(start, count), first.Slice(start, count), values, rule);
        }
    }

    public void Dispose()
    {
        _roots?.Dispose();
        foreach (var (_, values) in State)
        {
            values.Dispose();
        }
    }

    private static ImmutableArray<string> Names(OptimizerSpec spec) => spec switch
    {
        { Kind: not OptimizerKind.Sgd } => ["first_moment", "second_moment"],
        { Momentum: > 0 } => ["momentum"],
        _ => [],
    };

    private static Span<float> Of(Tensor vector, ParameterGroup group) => HostUpdates.Values(vector).Slice(group.Start, group.Length);
}
