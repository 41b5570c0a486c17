using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace DistributedFreeze.Training.Steps;

/// <summary>The flat vectors of a phase, and the views through which the network sees them.</summary>
/// <remarks>
/// Parameters are views into one vector, so the optimizer changes all of them at once. Gradients are not: a backward pass that finds
/// none writes each where it likes, which spares emptying and adding up a whole vector for every shard; they are gathered where the
/// shards are added anyway. Belongs to one device thread.
/// </remarks>
internal sealed class TrainableState : IShardContribution, IDisposable
{
    private readonly Dictionary<string, Tensor> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _batchStatistics = new(StringComparer.Ordinal);
    private readonly List<Tensor> _owned = [];
    private readonly ImmutableArray<Tensor> _parameterViews;
    private readonly Tensor _batch;
    private readonly Tensor _sums;

    /// <param name="layout">What trains.</param>
    /// <param name="device">Where.</param>
    /// <param name="initial">Value of each tensor at the start; copied.</param>
    public TrainableState(ParameterLayout layout, Device device, Func<string, Tensor> initial)
    {
        Layout = layout;
        using var noGradient = no_grad();
        Parameters = Own(zeros(layout.ParameterCount, device: device));
        Statistics = Own(zeros(layout.StatisticCount, device: device));
        _batch = Own(zeros(layout.StatisticCount, device: device));
        _sums = Own(zeros(ExchangeVector.SumElements, device: device));

        foreach (var slot in layout.Parameters)
        {
            var view = Own(View(Parameters, slot).detach());
            view.copy_(initial(slot.Name));
            view.requires_grad_(true);
            _views.Add(slot.Name, view);
        }

        _parameterViews = [.. layout.Parameters.Select(slot => _views[slot.Name])];
        foreach (var slot in layout.Statistics)
        {
            var view = Own(View(Statistics, slot));
            view.copy_(initial(slot.Name));
            _views.Add(slot.Name, view);
            _batchStatistics.Add(slot.Name, Own(View(_batch, slot)));
        }
    }

    public ParameterLayout Layout { get; }

    /// <summary>All trainable parameters.</summary>
    public Tensor Parameters { get; }

    /// <summary>The running statistics that move; empty where batch norms keep theirs.</summary>
    public Tensor Statistics { get; }

    /// <summary><see cref="Parameters"/> in memory; on the processor only.</summary>
    public Span<float> HostParameters => Values(Parameters);

    /// <summary>Every tensor of the phase by name; they stay this object's.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _views;

    public Tensor? Find(string name) => _views.GetValueOrDefault(name);

    public Tensor? FindBatchStatistic(string name) => _batchStatistics.GetValueOrDefault(name);

    /// <summary>Forgets the gradients of the last shard.</summary>
    public void BeginShard()
    {
        foreach (var view in _parameterViews)
        {
            view.grad = null;
        }

        _batch.zero_();
    }

    /// <summary>Completes the contribution of a shard whose backward pass has run.</summary>
    /// <param name="samples">Images of the shard in this step.</param>
    /// <param name="loss">Scalar: the sum of their losses.</param>
    /// <param name="correct">Scalar: how many were classified correctly.</param>
    public void EndShard(int samples, Tensor loss, Tensor correct)
    {
        // Weighted by images, so that the total divided by all images is the mean over images.
        _batch.Scale(samples);
        _sums[0].copy_(loss);
        _sums[1].copy_(correct);
    }

    public void CopyTo(Span<float> destination) => Visit(destination, static (part, into) => part.CopyTo(into));

    public void AddTo(Span<float> sum) => Visit(sum, static (part, into) => TensorPrimitives.Add(into, part, into));

    /// <summary>The contribution of the last shard as one new vector, where the parameters are.</summary>
    public Tensor Gather()
    {
        using var scope = NewDisposeScope();
        return cat([.. Enumerable.Range(0, _parameterViews.Length).Select(i => GradientOf(i).reshape(-1)), _batch, _sums]).MoveToOuterDisposeScope();
    }

    /// <summary>The mean gradient and the mean batch statistics of a step.</summary>
    /// <param name="vector">The step's; both are parts of it.</param>
    public (Tensor Gradient, Tensor Statistics) Parts(Tensor vector) =>
        (vector.narrow(0, 0, Layout.ParameterCount), vector.narrow(0, Layout.ParameterCount, Layout.StatisticCount));

    /// <summary>Moves the running statistics towards the mean of the shards' batch statistics.</summary>
    /// <param name="mean">The mean batch statistics of the step.</param>
    /// <param name="momentum">Weight of the new statistics, 0 to 1.</param>
    public void MergeStatistics(Tensor mean, double momentum)
    {
        if (Layout.StatisticCount > 0)
        {
            Statistics.Scale(1 - momentum).AddScaled(mean, momentum);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _owned)
        {
            tensor.Dispose();
        }
    }

    private void Visit(Span<float> vector, PartVisitor visit)
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < _parameterViews.Length; i++)
        {
            var slot = Layout.Parameters[i];
            visit(Values(GradientOf(i).contiguous().cpu()), vector.Slice(slot.Offset, slot.Length));
        }

        visit(Values(_batch.cpu()), vector.Slice(Layout.ParameterCount, Layout.StatisticCount));
        visit(Values(_sums.cpu()), vector[^ExchangeVector.SumElements..]);
    }

    private Tensor GradientOf(int parameter) => _parameterViews[parameter].grad
        ?? throw new InvalidOperationException($"The backward pass left no gradient for {Layout.Parameters[parameter].Name}.");

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private static Span<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    private static Tensor View(Tensor flat, FlatSlot slot) => flat.narrow(0, slot.Offset, slot.Length).view([.. slot.Shape]);

    private delegate void PartVisitor(ReadOnlySpan<float> part, Span<float> into);
}
