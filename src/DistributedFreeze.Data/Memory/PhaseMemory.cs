using System.Collections.Immutable;
using System.Numerics;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>What a replica holds while it trains a phase.</summary>
internal sealed class PhaseMemory
{
    private const string Head = "model.head.hidden";
    private const string Batch = "batch_size";
    private const string Size = "data.image_size";

    /// <summary>
    /// Copies of a prefix's weights while ONNX Runtime makes a session of them: the model's bytes, the arrays that they are written from, the
    /// parsed model, its initializers, and those in the kernels' own order (OnnxPrefixEngine, OnnxGraph).
    /// </summary>
    private const int CopiesWhileMade = 5;

    /// <summary>And afterwards: the initializers in the kernels' order, and what the library keeps besides.</summary>
    private const int CopiesKept = 2;

    /// <summary>Outputs of the largest layer alive at a time where nothing is kept for a gradient: a block's input, its branch, two on the way.</summary>
    private const int WithoutGradient = 4;

    /// <summary>Outputs of the largest layer alive in a backward pass beside what the forward pass has kept: three gradients, and two in oneDNN's order.</summary>
    private const int BackwardPass = 5;

    /// <summary>Blocks of a replica: an epoch's, and an evaluation's beside it (PhaseFeatures.Rent).</summary>
    private const int Blocks = 2;

    /// <summary>Managed memory that RateProbe has had before the phase, too, and that may not be collected yet.</summary>
    private const int Twice = 2;

    private readonly RunSpec _spec;
    private readonly RunPlan _plan;
    private readonly PhasePlan _phase;
    private readonly LayerTable _table;
    private readonly ImmutableArray<FeatureShape> _shapes;
    private readonly ImmutableArray<FeatureRoute> _routes;
    private readonly int _index;
    private readonly RunImages? _images;
    private readonly bool _onGpu;
    private readonly int _block;
    private readonly ImmutableArray<MemoryPart>.Builder _parts = ImmutableArray.CreateBuilder<MemoryPart>();

    /// <param name="plan">The run's.</param>
    /// <param name="routes">Of its features.</param>
    /// <param name="index">The phase, from 0.</param>
    /// <param name="images">How many there are; null for as many as need the most memory.</param>
    /// <param name="gpuBlock">Images of a block on the replica's GPU; null where it computes on the processor.</param>
    public PhaseMemory(RunPlan plan, ImmutableArray<FeatureRoute> routes, int index, RunImages? images, int? gpuBlock = null)
    {
        (_onGpu, _block) = (gpuBlock is not null, gpuBlock ?? FeatureShapes.BlockSize);
        (_plan, _spec, _phase, _index, _images, _routes) = (plan, plan.Spec, plan.Phases[index], index, images, routes);
        _table = LayerTable.For(_spec.Model);
        _shapes = _table.ShapesAt(_spec.Data.ImageSize);
        AddBase();
        AddPrefix();
        AddVectors();
        AddTail();
        Parts = _parts.DrainToImmutable();
    }

    public ImmutableArray<MemoryPart> Parts { get; }

    /// <summary>Whether DenseHead trains it; on a GPU AutogradTrainer does.</summary>
    private bool IsHeadAlone => _phase.Boundary.IsPooled && !_onGpu;

    private long TailParameters => _phase.Mask.TrainableParameters;

    /// <summary>ParameterLayout: running statistics have a place in the vectors where they move.</summary>
    private long Statistics => _spec.Phases[_index].BatchNorm == BatchNormMode.Train
        ? _table.Layers.Where(layer => _phase.Mask.Trainable[layer.Index]).Sum(layer => layer.Statistics)
        : 0;

    private string TailField => $"phases[{_index}]." + _spec.Phases[_index].Freeze switch
    {
        FreezePolicy.LastLayers => "unfreeze_layers",
        FreezePolicy.FromLayer => "from",
        FreezePolicy.FromStage => "stage",
        FreezePolicy.Named => "layers",
        _ => "unfreeze",
    };

    /// <summary>BaseWeights: every tensor, once a process and device.</summary>
    private void AddBase() => Add("weights of the base", ByteCount.OfFloats(_table.Parameters), field: null, isShared: true, isOnDevice: true);

    private void AddPrefix()
    {
        var engine = PrecisionNeeds.EngineOf(_spec);
        var onDevice = engine == PrefixEngine.Torch || _spec.Features.Provider != PrefixProvider.Cpu;
        if (engine == PrefixEngine.Onnx)
        {
            // PrefixEnginePool keeps the engines of a run's routes until it ends; a prefix that was trained has one of its own.
            var weights = _routes.Take(_index + 1).DistinctBy(route => string.Join(',', route.Ends)).Select(WeightsOf).Order().ToList();
            var copies = ByteCount.Sum([ByteCount.Times(CopiesWhileMade, weights[^1]), .. weights.SkipLast(1).Select(bytes => ByteCount.Times(CopiesKept, bytes))]);
            Add("making and keeping the prefix engine", copies, field: null, isShared: true, isOnDevice: false);
        }

        var block = onDevice ? _block : FeatureShapes.BlockSize; // PrefixEnginePool.BlockOn
        var route = _routes[_index];
        var largest = _shapes.Take(Math.Min(route.Boundary + 1, _shapes.Length)).Max(shape => shape.Elements);
        Add("evaluating the prefix on a block of images", ByteCount.OfFloats(WithoutGradient, block, largest), Size, isShared: false, onDevice);

        // PrefixBlock: pixels, and features at each end.
        var ends = _shapes[0].Elements + route.Ends.Sum(end => (long)FeatureShapes.Elements(_table, end, _spec.Data.ImageSize));
        Add("blocks of images and their features", ByteCount.OfFloats(Blocks, block, ends), Size);
    }

    private long WeightsOf(FeatureRoute route) =>
        ByteCount.OfFloats(_table.Layers.Take(route.Boundary + 1).Sum(layer => layer.Parameters));

    /// <summary>Vectors as long as what trains.</summary>
    private void AddVectors()
    {
        var (head, tail) = (_phase.Head.Parameters, TailParameters + Statistics);
        var earlier = _plan.Phases.Take(_index).Select(phase => phase.Mask.TrainableParameters).DefaultIfEmpty().Max();

        // NetworkState holds the head's first values beside TrainableState's flat vector. Managed arrays of the network before (RateProbe's, or the
        // one that BeginPhase replaces) and those that first values are drawn into may not be collected yet: three more.
        AddPair("weights that train", 5, head, 1, tail, isOnDevice: true);
        Add("weights that earlier phases trained", ByteCount.OfFloats(earlier), TailField, isOnDevice: true);

        // A gradient of each tensor; or HeadOnlyTrainer's vector, and that of RateProbe's.
        var gradients = IsHeadAlone ? Twice : 1;
        AddPair("gradients", gradients, head, gradients, tail, isOnDevice: !IsHeadAlone);

        // AdamOptimizer has two moments and a denominator; SgdOptimizer a momentum, and with weight decay a direction.
        var optimizer = _spec.Phases[_index].Optimizer;
        var state = optimizer.Kind != OptimizerKind.Sgd ? 3 : optimizer.WeightDecay > 0 ? 2 : 1;
        AddPair("state of the optimizer", state, head, state, tail, isOnDevice: true);

        if (_spec.Phases[_index].Ema is not null)
        {
            AddPair("average of the weights", 2, head, 2, tail, isOnDevice: true); // WeightAverage, and the weights aside
        }

        if (_spec.Phases[_index].ClipNorm is not null)
        {
            AddPair("clipped gradient", 1, head, 1, tail, isOnDevice: true); // GradientClip
        }

        if (_spec.Phases[_index].Keep == KeptEpoch.Best)
        {
            AddPair("copy of the best epoch's weights", 1, head, 1, tail, isOnDevice: true); // BestWeights
        }

        // PartialSums keeps no more vectors than the tree of shards is deep, and the exchange has the total; RateProbe has had as many.
        var depth = Math.Max(1, BitOperations.Log2((uint)Math.Max(1, _spec.Shards - 1)) + 1);
        var sums = Twice * (depth + 1L);
        AddPair("sums of gradients", sums, head, sums, tail, isOnDevice: false);
        if (_onGpu)
        {
            var onDevice = depth + 3L; // DeviceShardSums, and DeviceTotal's total and slices; those above are for other silos
            AddPair("sums of gradients on the device", onDevice, head, onDevice, tail, isOnDevice: true);
        }
    }

    private void AddTail()
    {
        long shard = _spec.BatchSize / Math.Max(1, _spec.Shards);
        var widths = _phase.Head.Layers.Sum(layer => (long)layer.OutFeatures);
        var inputs = _phase.Head.Layers.Sum(layer => (long)layer.InFeatures);
        var hidden = _spec.Model.Head.Hidden.Sum(width => (long)width);
        if (IsHeadAlone)
        {
            // DenseHead and DropoutMasks: activations, their gradients and factors for a full shard, whatever the number of images.
            var capacity = Math.Max(shard, FeatureShapes.BlockSize);
            var factors = _spec.Model.Head.Dropout > 0 ? hidden : 0;
            if (_spec.Mixup > 0)
            {
                Add("features of a shard to be mixed", ByteCount.OfFloats(Twice, shard, _phase.FeatureElements), Batch); // ShardMixup
            }

            Add("activations of the head", ByteCount.OfFloats(Twice, capacity, inputs + (2 * widths) + factors), Batch);
            return;
        }

        // AutogradTrainer takes the images that there are.
        var images = Math.Max(FeatureShapes.BlockSize, _images is null ? shard : Math.Min(shard, (_images.Train / _spec.Shards) + 1));
        Add("features of a shard", ByteCount.OfFloats((2 * images) + FeatureShapes.BlockSize, _phase.FeatureElements), Batch);

        if (_onGpu)
        {
            Add("features of a shard on the device", ByteCount.OfFloats(2, images, _phase.FeatureElements), Batch, isOnDevice: true); // gathered there, or brought there
        }

        if (_spec.Mixup > 0)
        {
            Add("features of a shard to be mixed", ByteCount.OfFloats(4, images, _phase.FeatureElements), Batch, isOnDevice: true); // AutogradTrainer: the others', both parts, and their sum
        }

        var kept = _phase.Boundary.TailLayers.Sum(index => KeptFor(_table.Layers[index]));
        var largest = _phase.Boundary.TailLayers.Select(index => _shapes[index].Elements).DefaultIfEmpty().Max();
        Add("activations of a shard and their gradients", ByteCount.OfFloats(images, kept + (BackwardPass * largest) + (4 * (inputs + widths))), Batch, isOnDevice: true);
    }

    /// <summary>Numbers of an image that a layer leaves for the backward pass (NetworkSegment; PyTorch, tools/autograd/derivatives.yaml).</summary>
    private long KeptFor(Layer layer)
    {
        var output = _shapes[layer.Index];
        return layer.Kind switch
        {
            // Rectified in place: its input's memory.
            LayerKind.Relu => 0,

            // With the place of each maximum, 64 bits.
            LayerKind.MaxPooling => 3 * output.Elements,

            // LayerConvolution takes every second pixel out first.
            LayerKind.Convolution when layer.Convolution is { Kernel: 1, Stride: > 1 } convolution =>
                output.Elements + ((long)output.Height * output.Width * convolution.InChannels),
            _ => output.Elements,
        };
    }

    private void AddPair(string what, long headTimes, long head, long tailTimes, long tail, bool isOnDevice)
    {
        Add($"{what}: the head", ByteCount.OfFloats(headTimes, head), Head, isOnDevice: isOnDevice);
        Add($"{what}: opened layers", ByteCount.OfFloats(tailTimes, tail), TailField, isOnDevice: isOnDevice);
    }

    private void Add(string what, long bytes, string? field, bool isShared = false, bool isOnDevice = false) =>
        _parts.Add(new(what, bytes, field, isShared, isOnDevice));
}
