using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Bases;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>The prefix engines of one run in one process: replicas whose prefix is the base's own share them, and so do all runs of that base that are there at the same time.</summary>
/// <remarks>Thread-safe. An engine is made when something has to be computed, so a run whose features are all kept makes none.</remarks>
/// <param name="network">What the base is made of.</param>
/// <param name="table">Its layers.</param>
/// <param name="spec">The run.</param>
internal sealed class PrefixEnginePool(IRunBase network, LayerTable table, RunSpec spec) : IDisposable
{
    private readonly Dictionary<string, IPrefixEngine> _engines = new(StringComparer.Ordinal);
    private readonly List<Action> _returns = [];

    /// <summary>Says how large blocks are; to be set before an engine is asked for.</summary>
    public DeviceResidency Residency { get; set; } = DeviceResidency.OfGpus;

    /// <summary>The shared engine of a stretch; it stays the pool's.</summary>
    /// <param name="start">0 for pixels, or a cut.</param>
    /// <param name="ends">The boundaries to compute.</param>
    /// <param name="network">A network whose tensors are the base's as far as the last end, whichever replica asks first.</param>
    /// <param name="device">The replica's.</param>
    /// <exception cref="InferenceException">The engine cannot be had.</exception>
    public IPrefixEngine Get(int start, ImmutableArray<int> ends, NetworkState network, Device device)
    {
        var key = $"{device} {start}:{string.Join(',', ends)}";
        lock (_engines)
        {
            if (!_engines.TryGetValue(key, out var engine))
            {
                engine = Take(start, ends, network, device);
                _engines.Add(key, engine);
            }

            return engine;
        }
    }

    /// <summary>The base's engine for that stretch; a graph's is the run's own, since it depends on more of the run.</summary>
    private IPrefixEngine Take(int start, ImmutableArray<int> ends, NetworkState network, Device device)
    {
        if (spec.Model.Base is not null)
        {
            var own = Create(start, ends, network, device);
            _returns.Add(own.Dispose);
            return own;
        }

        var shared = network.Base.Derived;
        var key = Request(start, ends, [], device).Key(On(device).Engine);
        var engine = shared.Take(key, () => Create(start, ends, network, device));
        _returns.Add(() => shared.Return(key));
        return (IPrefixEngine)engine;
    }

    /// <summary>An engine for the caller alone, for a prefix that an earlier phase trained, or for more than boundaries.</summary>
    /// <param name="start">0 for pixels, or a cut.</param>
    /// <param name="ends">The boundaries to compute.</param>
    /// <param name="weights">Of the stretch.</param>
    /// <param name="device">The replica's.</param>
    /// <param name="means">Layers of which each channel's mean is wanted besides.</param>
    /// <exception cref="InferenceException">The engine cannot be had.</exception>
    public IPrefixEngine Create(int start, ImmutableArray<int> ends, ILayerWeights weights, Device device, params ImmutableArray<int> means)
    {
        var engine = network.CreateEngine(On(device).Engine, Request(start, ends, means, device), weights);
        if (engine.Id != IdOn(device))
        {
            engine.Dispose();
            throw new InferenceException($"The prefix engine calls itself {engine.Id}, and features are kept under {IdOn(device)}.");
        }

        return engine;
    }

    private PrefixRequest Request(int start, ImmutableArray<int> ends, ImmutableArray<int> means, Device device) => new()
    {
        Table = table,
        Start = start,
        Ends = ends,
        Means = means,
        ImageSize = spec.Data.ImageSize,
        BlockSize = BlockOn(device),
        Threads = spec.ThreadsPerReplica,
        Provider = On(device).Provider,
        DeviceIndex = Math.Max(device.index, 0),
        Precision = spec.Precision,
    };

    /// <summary>Whose bits a replica's features are, known without making an engine: part of the key under which they are kept.</summary>
    /// <param name="device">The replica's.</param>
    public string IdOn(Device device) => On(device) switch
    {
        { Provider: var provider } when spec.Model.Base is not null => GraphPrefixEngine.IdOf(provider, spec.ThreadsPerReplica, spec.Precision),
        { Engine: PrefixEngine.Onnx, Provider: var provider } => OnnxPrefixEngine.IdOf(provider, spec.Precision),
        _ => TorchPrefixEngine.IdOf(device, spec.ThreadsPerReplica, spec.Precision),
    };

    /// <summary>What evaluates a replica's prefix.</summary>
    /// <param name="device">The replica's.</param>
    public PrefixChoice On(Device device) => PrefixEngines.Resolve(spec, hasGpu: device.type == TorchSharp.DeviceType.CUDA, PrefixEngines.Providers);

    /// <summary>Images of one evaluation, which is part of the same key.</summary>
    /// <param name="device">The replica's.</param>
    /// <remarks>A large block is for what a GPU evaluates in one go: a stranger's graph is evaluated image by image, padding and all.</remarks>
    /// <exception cref="Native.LibTorchException">The driver does not tell the GPU's memory.</exception>
    public int BlockOn(Device device) =>
        spec.Model.Base is not null || (device.type == TorchSharp.DeviceType.CUDA && On(device) == new PrefixChoice(PrefixEngine.Onnx, PrefixProvider.Cpu))
            ? PrefixEngines.BlockSize
            : Residency.BlockOn(device, spec.Data.ImageSize);

    public void Dispose()
    {
        foreach (var giveBack in _returns)
        {
            giveBack();
        }
    }
}
