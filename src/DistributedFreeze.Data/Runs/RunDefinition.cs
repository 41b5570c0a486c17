using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Data.Augmentation;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Runs;

/// <summary>What a run is: its spec, resolved against the base's layers and the images. Nothing here computes, and nothing depends on where it is computed.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class RunDefinition
{
    private readonly BalancedOrder? _balanced;

    private RunDefinition(RunSpec spec, LayerTable table, DataSet data)
    {
        Spec = spec;
        Table = table;
        Data = data;
        Head = HeadLayers.Create(spec.Model.Head, data.Classes.Length, table.PooledFeatures);
        Masks = [.. spec.Phases.Select((phase, i) =>
            FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{i}].freeze") with { Version = i + 1 })];
        Routes = FeatureRoute.OfPhases(table, Masks);
        Cuts = CutTensors.Of(table);
        Schedule = new(data.Train.Length, spec.Shards, spec.BatchSize);
        ClassFactors = ClassWeights.Of(spec, data);
        Mixed = MixedViews.For(spec, data.Train);
        _balanced = spec.Sampling == ImageSampling.Balanced ? new(spec.Seed, spec.Shards, [.. data.Train.Select(image => image.Class)]) : null;
    }

    /// <summary>The run's spec.</summary>
    public RunSpec Spec { get; }

    /// <summary>The base's layers.</summary>
    public LayerTable Table { get; }

    /// <summary>The images.</summary>
    public DataSet Data { get; }

    /// <summary>The head's layers.</summary>
    public HeadLayers Head { get; }

    /// <summary>The mask of each phase.</summary>
    public ImmutableArray<FreezeMask> Masks { get; }

    /// <summary>What each phase computes and keeps.</summary>
    public ImmutableArray<FeatureRoute> Routes { get; }

    /// <summary>Where the network can be cut into two by one tensor.</summary>
    public ImmutableArray<int> Cuts { get; }

    /// <summary>How the training images fall into steps.</summary>
    public EpochSchedule Schedule { get; }

    /// <summary>How much the loss of a training image counts, by class; null where every image counts 1.</summary>
    public float[]? ClassFactors { get; }

    /// <summary>What training images are mixed with at the pixels; null where they are not.</summary>
    public MixedViews? Mixed { get; }

    /// <summary>Puts a spec and the images that it names together.</summary>
    /// <param name="spec">A valid spec.</param>
    /// <param name="table">The layers of the spec's graph.</param>
    /// <param name="data">The images.</param>
    /// <exception cref="InvalidInputException">They do not go together.</exception>
    public static RunDefinition Of(RunSpec spec, LayerTable table, DataSet data)
    {
        var run = new RunDefinition(spec, table, data);
        DataFit.Check(run);
        return run;
    }

    /// <summary>A shard's images in the order of one epoch: indices into the training images.</summary>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="shard">The shard, from 0.</param>
    public ImmutableArray<int> ImagesOf(int epoch, int shard) =>
        _balanced?.Epoch(epoch, shard) ?? ShardOrder.Epoch(Spec.Seed, epoch, shard, Spec.Shards, Data.Train.Length);

    /// <summary>Whether any phase has frozen layers before what trains.</summary>
    public bool HasAnyPrefix => Enumerable.Range(0, Spec.Phases.Length).Any(HasPrefix);

    /// <summary>Whether there is anything to compute before a phase's boundary.</summary>
    /// <param name="phase">The phase, from 0.</param>
    public bool HasPrefix(int phase) => MultiplyAddsTo(Routes[phase].Boundary) > 0;

    /// <summary>What a boundary takes to compute for one image, in multiply-adds.</summary>
    /// <param name="boundary">Index of the boundary.</param>
    public long MultiplyAddsTo(int boundary) => Table.MultiplyAddsAt(Spec.Data.ImageSize).Take(boundary + 1).Sum();

    /// <summary>Shape of one image's features at a boundary.</summary>
    /// <param name="boundary">Index of the boundary.</param>
    /// <returns>(C, H, W), or (C) for the pooled features.</returns>
    public ImmutableArray<long> ShapeAt(int boundary) => FeatureShapes.At(Table, boundary, Spec.Data.ImageSize);

    /// <summary>Number of elements of one image's features at a boundary.</summary>
    /// <param name="boundary">Index of the boundary.</param>
    public int ElementsAt(int boundary) => FeatureShapes.Elements(Table, boundary, Spec.Data.ImageSize);

    /// <summary>How one image's features at a boundary are kept.</summary>
    /// <param name="boundary">Index of the boundary.</param>
    public SegmentLayout RecordAt(int boundary) => new(ElementsAt(boundary), Spec.Features.Type);

    /// <summary>Name of a boundary.</summary>
    /// <param name="boundary">Index of the boundary.</param>
    public string NameOf(int boundary) => boundary == Table.Layers.Length ? Boundary.PooledName : Table.Layers[boundary].Name;
}
