using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>One replica's network: what trains now, over what trained before, over the shared base.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal sealed class NetworkState(BaseWeights baseWeights) : ILayerWeights, IDisposable
{
    private readonly Dictionary<string, Tensor> _trained = new(StringComparer.Ordinal);

    /// <summary>A network whose head has its first weights.</summary>
    /// <param name="baseWeights">The base.</param>
    /// <param name="head">The layers on top of it.</param>
    /// <param name="init">First weights of the last of them.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="device">Where.</param>
    /// <param name="inherited">What an earlier run has trained of the head; null for nothing.</param>
    public static NetworkState Create(BaseWeights baseWeights, HeadLayers head, HeadInit init, int seed, Device device, InheritedHead? inherited = null)
    {
        var network = new NetworkState(baseWeights);
        HashSet<string> ofClasses = [.. head.Layers[^1].Tensors.Select(tensor => tensor.Name)];
        foreach (var spec in head.Tensors)
        {
            var values = new float[spec.Elements];
            var isOfClasses = ofClasses.Contains(spec.Name);
            if (init != HeadInit.Zeros || !isOfClasses)
            {
                RandomWeights.Draw(seed, spec, values);
            }

            inherited?.CopyTo(spec, isOfClasses, values);
            network.Set(spec.Name, tensor(values, spec.Shape.AsSpan(), device: device));
        }

        return network;
    }

    /// <summary>What the network started from.</summary>
    public BaseWeights Base => baseWeights;

    /// <summary>What trains in the current phase.</summary>
    public TrainableState? Trainable { get; private set; }

    /// <summary>True while a training step runs, so that open batch norms use their batch's statistics.</summary>
    public bool IsTraining { get; set; }

    public Tensor this[string name] =>
        Trainable?.Find(name) ?? (_trained.TryGetValue(name, out var tensor) ? tensor : baseWeights[name]);

    public bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out Tensor? mean, [NotNullWhen(true)] out Tensor? variance)
    {
        mean = IsTraining ? Trainable?.FindBatchStatistic(layer + ".running_mean") : null;
        variance = IsTraining ? Trainable?.FindBatchStatistic(layer + ".running_var") : null;
        return mean is not null && variance is not null;
    }

    /// <summary>Gives a tensor its first value, or the value of a checkpoint.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="value">Becomes this object's.</param>
    public void Set(string name, Tensor value)
    {
        if (_trained.Remove(name, out var old))
        {
            old.Dispose();
        }

        _trained.Add(name, value.DetachFromDisposeScope());
    }

    /// <summary>Starts a phase: newly opened tensors begin at the value they have now.</summary>
    public void Open(ParameterLayout layout, Device device)
    {
        Close();
        Trainable = new(layout, device, name => this[name]);
    }

    /// <summary>Ends a phase: what trained keeps its value, as a constant.</summary>
    public void Close()
    {
        if (Trainable is not { } trainable)
        {
            return;
        }

        Trainable = null;
        foreach (var (name, value) in trainable.Tensors)
        {
            Set(name, value.detach().clone());
        }

        trainable.Dispose();
    }

    /// <summary>What trained in an earlier phase and does not in this one.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ConstantTensors() => _trained.Where(tensor => Trainable?.Find(tensor.Key) is null);

    /// <summary>Every tensor that differs from what the run started from, or may: all that ever trained in it, in name order.</summary>
    public ImmutableSortedDictionary<string, Tensor> TrainedTensors()
    {
        var tensors = ImmutableSortedDictionary.CreateBuilder<string, Tensor>(StringComparer.Ordinal);
        tensors.AddRange(_trained);
        if (Trainable is not null)
        {
            foreach (var (name, value) in Trainable.Tensors)
            {
                tensors[name] = value;
            }
        }

        return tensors.ToImmutable();
    }

    /// <summary>Every tensor that differs from the base, or may, in name order: also what an earlier run trained and this one kept.</summary>
    public ImmutableSortedDictionary<string, Tensor> ChangedTensors()
    {
        var tensors = TrainedTensors();
        return tensors.AddRange(baseWeights.Inherited.Where(name => !tensors.ContainsKey(name)).Select(name => KeyValuePair.Create(name, baseWeights[name])));
    }

    public void Dispose()
    {
        Trainable?.Dispose();
        foreach (var tensor in _trained.Values)
        {
            tensor.Dispose();
        }
    }
}
