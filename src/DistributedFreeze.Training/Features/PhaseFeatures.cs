using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Features;

/// <summary>One replica's features in one phase: where they are kept, and what computes those that are not.</summary>
/// <remarks>Belongs to one device thread; the sets and engines that it uses are shared by the replicas of the process.</remarks>
internal sealed class PhaseFeatures : IDisposable
{
    private readonly RunFeatures _source;
    private readonly RunDefinition _run;
    private readonly NetworkState _network;
    private readonly Device _device;
    private readonly FeatureRoute _route;
    private readonly bool _isCached;
    private readonly Dictionary<(int End, int View), FeatureSet> _sets = [];
    private readonly Dictionary<int, IPrefixEngine> _ownEngines = [];
    private readonly Dictionary<int, string> _prefixHashes = [];
    private readonly List<FeatureBlock> _freeBlocks = [];
    private bool _isSettled;

    /// <param name="source">The run's.</param>
    /// <param name="network">Holds the prefix's weights; constant through the phase.</param>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="isKept">Whether its features are kept.</param>
    /// <param name="device">Where the replica computes.</param>
    public PhaseFeatures(RunFeatures source, NetworkState network, int phase, bool isKept, Device device)
    {
        _device = device;
        _source = source;
        _run = source.Run;
        _network = network;
        _route = _run.Routes[phase];
        _isCached = isKept;
        Elements = _run.ElementsAt(_route.Boundary);
        Shape = _run.ShapeAt(_route.Boundary);
        BlockSize = source.Engines.BlockOn(device);
        DecodeThreads = DeviceResidency.DecodeThreadsFor(device);
    }

    /// <summary>What the device keeps of them; null where they stay in host memory, and before <see cref="Settle"/>.</summary>
    public ResidentFeatures? Resident { get; private set; }

    /// <summary>The phase has made a step, so that the memory is taken that its tail needs: features may have of what is left.</summary>
    /// <param name="shards">How many of the run's shards the replica computes.</param>
    public void Settle(int shards)
    {
        if (!_isSettled && _isCached && _source.Residency.StaysOn(_device))
        {
            Resident = ResidentFeatures.For(_source.Residency.BudgetOn(_device), ImagesOf(shards), Elements, _device);
        }

        _isSettled = true;
    }

    /// <summary>Images of one evaluation.</summary>
    public int BlockSize { get; }

    /// <summary>Threads that decode images for the replica.</summary>
    public int DecodeThreads { get; }

    /// <summary>Elements of one image's features at the boundary.</summary>
    public int Elements { get; }

    /// <summary>Their shape: (C, H, W), or (C) for the pooled features.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The boundaries that a computed block gives, ascending; the phase's own is the last.</summary>
    public ImmutableArray<int> Ends => _isCached ? _route.Ends : [_route.Boundary];

    /// <summary>Opens the features of images, to be taken in their order.</summary>
    /// <param name="images">The images.</param>
    /// <param name="view">Which view of them; 0 shows them as they are.</param>
    public FeatureStream Open(IReadOnlyList<LabelledImage> images, int view) => new(this, _source, images, view);

    /// <summary>Where features at a boundary are kept.</summary>
    /// <returns>Null where this phase keeps none of this view.</returns>
    public FeatureSet? Set(int end, int view)
    {
        if (!_isCached || !ViewName.Returns(_run.Spec.Data.Augmentation, view))
        {
            return null;
        }

        if (!_sets.TryGetValue((end, view), out var set))
        {
            set = _source.Store.Open(
                Key(end, view), _run.ElementsAt(end), _run.Spec.Features.Type);
            _sets.Add((end, view), set);
        }

        return set;
    }

    /// <summary>Gives up all that was kept since the phase began: the weights that gave it were damaged.</summary>
    public void Discard()
    {
        foreach (var set in _sets.Values)
        {
            set.Discard();
        }

        Resident?.Clear();
    }

    /// <summary>The deepest boundary before this phase's at which all of these images are kept already.</summary>
    /// <returns>Its index and set; null where there is none, and computing starts from pixels.</returns>
    public (int Start, FeatureSet Set)? Nearest(IReadOnlyCollection<LabelledImage> images, int view)
    {
        // Rounded features are not what the pixels would have given, and a result must not depend on what happens to be kept.
        if (!_isCached || _run.Spec.Features.Type != FeatureType.Fp32)
        {
            return null;
        }

        foreach (var cut in _run.Cuts.Where(cut => cut > 0 && cut < Ends[0] && PrefixEngines.MayContinueFrom(_source.Engines.On(_device).Engine, _run.Table, cut)).Reverse())
        {
            if (_source.Store.Has(Key(cut, view)) && Set(cut, view) is { } set && images.All(image => set.Contains(image.Hash)))
            {
                return (cut, set);
            }
        }

        return null;
    }

    /// <summary>Takes a block that computes this phase's boundaries, to be returned.</summary>
    /// <param name="start">0 to start from pixels, or a boundary.</param>
    public FeatureBlock Rent(int start)
    {
        var block = _freeBlocks.Find(free => free.Start == start);
        return block is null || !_freeBlocks.Remove(block) ? new(Engine(start), start) : block;
    }

    /// <summary>Gives a block back.</summary>
    public void Return(FeatureBlock? block)
    {
        if (block is not null)
        {
            _freeBlocks.Add(block);
        }
    }

    private IPrefixEngine Engine(int start)
    {
        if (_route.IsUntouched)
        {
            return _source.Engines.Get(start, Ends, _network, _device);
        }

        if (!_ownEngines.TryGetValue(start, out var engine))
        {
            engine = _source.Engines.Create(start, Ends, _network, _device);
            _ownEngines.Add(start, engine);
        }

        return engine;
    }

    public void Dispose()
    {
        Resident?.Dispose();
        foreach (var block in _freeBlocks)
        {
            block.Dispose(); // before the engine that it belongs to
        }

        foreach (var set in _sets.Values)
        {
            set.Dispose();
        }

        foreach (var engine in _ownEngines.Values)
        {
            engine.Dispose();
        }
    }

    /// <summary>At most how many images, and views of them, some shards come back to; those of training not where their features are changed on the way.</summary>
    private long ImagesOf(int shards)
    {
        var views = _run.Spec.FeatureAugmentation is not null ? 0 : _run.Spec.Data.Augmentation?.Views ?? 1;
        return shards * ((views * Share(_run.Data.Train.Length)) + Share(_run.Data.Validation.Length) + Share(_run.Data.Test.Length));

        long Share(long images) => (images + _run.Spec.Shards - 1) / _run.Spec.Shards;
    }

    private FeatureSetKey Key(int end, int view) => FeatureKeys.Of(_source, end, view, Prefix(end), _device);

    private string Prefix(int end)
    {
        if (!_prefixHashes.TryGetValue(end, out var hash))
        {
            hash = PrefixHash.Of(_run.Table, end, layer => _route.IsUntouched
                ? _network.Base.LayerHashes[layer.Name]
                : StateHash.OfLayer(layer, name => _network[name]));
            _prefixHashes.Add(end, hash);
        }

        return hash;
    }
}
