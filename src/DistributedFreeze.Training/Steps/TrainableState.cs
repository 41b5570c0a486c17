using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DistributedFreeze.Training.Exchange;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>The flat vectors of a phase, and the views through which the network sees them.</summary>
/// <remarks>
/// Parameters are views into one vector and their gradients views into another, so a backward pass leaves the gradient where the
/// exchange takes it and the optimizer changes all parameters at once. Belongs to one device thread.
/// </remarks>
internal sealed class TrainableState : IDisposable
{
    private readonly Dictionary<string, Tensor> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> _batchStatistics = new(StringComparer.Ordinal);
    private readonly List<Tensor> _owned = [];
    private readonly Tensor _batch;
    private readonly Tensor _vectorStatistics;
    private readonly Tensor _vectorLoss;
    private readonly Tensor _vectorCorrect;

    /// <param name="layout">What trains.</param>
    /// <param name="device">Where.</param>
    /// <param name="initial">Value of each tensor at the start; copied.</param>
    public TrainableState(ParameterLayout layout, Device device, Func<string, Tensor> initial)
    {
        Layout = layout;
        using var noGradient = no_grad();
        Parameters = Own(zeros(layout.ParameterCount, device: device));
        Statistics = Own(zeros(layout.StatisticCount, device: device));
        Vector = Own(zeros(layout.ExchangeLength, device: device));
        Gradient = Own(Vector.narrow(0, 0, layout.ParameterCount));
        _batch = Own(zeros(layout.StatisticCount, device: device));
        _vectorStatistics = Own(Vector.narrow(0, layout.ParameterCount, layout.StatisticCount));
        _vectorLoss = Own(Vector[layout.ExchangeLength - ExchangeVector.SumElements]);
        _vectorCorrect = Own(Vector[layout.ExchangeLength - ExchangeVector.SumElements + 1]);

        foreach (var slot in layout.Parameters)
        {
            var view = Own(View(Parameters, slot).detach());
            view.copy_(initial(slot.Name));
            view.requires_grad_(true);
            view.grad = Own(View(Gradient, slot));
            _views.Add(slot.Name, view);
        }

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

    /// <summary>The moving statistics of the open batch norms.</summary>
    public Tensor Statistics { get; }

    /// <summary>One shard's contribution, and afterwards the total: gradient, batch statistics, loss, correct answers.</summary>
    public Tensor Vector { get; }

    /// <summary><see cref="Parameters"/> in memory; on the processor only.</summary>
    public Span<float> HostParameters => MemoryMarshal.Cast<byte, float>(Parameters.bytes);

    /// <summary><see cref="Vector"/> in memory; on the processor only.</summary>
    public Span<float> HostVector => MemoryMarshal.Cast<byte, float>(Vector.bytes);

    /// <summary>The gradient's part of <see cref="Vector"/>.</summary>
    public Tensor Gradient { get; }

    /// <summary>Every tensor of the phase by name; they stay this object's.</summary>
    public IReadOnlyDictionary<string, Tensor> Values => _views;

    public Tensor? Find(string name) => _views.GetValueOrDefault(name);

    public Tensor? FindBatchStatistic(string name) => _batchStatistics.GetValueOrDefault(name);

    /// <summary>Empties the contribution before a shard is computed.</summary>
    public void BeginShard()
    {
        Vector.zero_();
        _batch.zero_();
    }

    /// <summary>Completes the contribution of a shard whose backward pass has run.</summary>
    /// <param name="samples">Images of the shard in this step.</param>
    /// <param name="loss">Scalar: the sum of their losses.</param>
    /// <param name="correct">Scalar: how many were classified correctly.</param>
    public void EndShard(int samples, Tensor loss, Tensor correct)
    {
        // Weighted by images, so that the total divided by all images is the mean over images.
        _vectorStatistics.copy_(_batch).Scale(samples);
        _vectorLoss.copy_(loss);
        _vectorCorrect.copy_(correct);
    }

    /// <summary>The contribution in host memory, valid until the next shard begins.</summary>
    public ReadOnlySpan<float> Contribution() => MemoryMarshal.Cast<byte, float>(
        Vector.device_type == TorchSharp.DeviceType.CPU ? Vector.bytes : Vector.cpu().bytes);

    /// <summary>Takes the total of all shards back onto the device.</summary>
    public void Accept(float[] total)
    {
        if (Vector.device_type == TorchSharp.DeviceType.CPU)
        {
            total.CopyTo(HostVector);
        }
        else
        {
            using var host = frombuffer(total, ScalarType.Float32);
            Vector.copy_(host);
        }
    }

    /// <summary>Moves the running statistics towards the mean of the shards' batch statistics.</summary>
    /// <param name="momentum">Weight of the new statistics, 0 to 1.</param>
    public void MergeStatistics(double momentum)
    {
        if (Layout.StatisticCount > 0)
        {
            Statistics.Scale(1 - momentum).AddScaled(_vectorStatistics, momentum);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _owned)
        {
            tensor.Dispose();
        }
    }

    private Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    private static Tensor View(Tensor flat, FlatSlot slot) => flat.narrow(0, slot.Offset, slot.Length).view([.. slot.Shape]);
}
