using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Data.Augmentation;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Storage;
using DistributedFreeze.Training.Inputs;
using DistributedFreeze.Training.Measuring;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using TorchSharp;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What all replicas of a run in one process share: the data set, its decoded pixels, the masks and the base's weights.</summary>
/// <remarks>Thread-safe. Nothing here changes while the run lasts, but for what is loaded on first use.</remarks>
public sealed class RunWorkspace : IDisposable
{
    /// <summary>Share of the memory that decoded pixels may take.</summary>
    internal const int PixelMemoryDivisor = 8;

    private readonly Dictionary<string, BaseWeights> _bases = new(StringComparer.Ordinal);
    private readonly Lock _loading = new();
    private (PreprocessingChoice Choice, string? Warning)? _preprocessing;
    private Preprocessing? _decided;
    private readonly AugmentedPixels _pixels;
    private readonly PixelStore _square;
    private readonly FrozenDictionary<string, ImageHash> _hashes;
    private readonly ImageDecoder _decoder;
    private readonly RunWorkspace? _lender;

    private RunWorkspace(RunSpec spec, LayerTable table, DataSet data, ImageDecoder decoder, PixelStore square, FeatureStore store, RunWorkspace? lender = null)
    {
        _lender = lender;
        _decoder = decoder;
        Spec = spec;
        Table = table;
        Data = data;
        Head = HeadLayers.Create(spec.Model.Head, data.Classes.Length);
        Masks = [.. spec.Phases.Select((phase, i) =>
            FreezePolicyResolver.Resolve(phase.Freeze, table, $"phases[{i}].freeze") with { Version = i + 1 })];
        Routes = FeatureRoute.OfPhases(table, Masks);
        Cuts = CutTensors.Of(table);
        Engines = new(table, spec);
        Store = store;
        Forecast = new(this, TimeProvider.System);
        _square = square;
        _pixels = new(decoder, square, spec.Data.Augmentation, spec.Seed);
        _hashes = new[] { data.Train, data.Validation, data.Test }.SelectMany(split => split)
            .ToFrozenDictionary(data.FullPath, image => image.Hash, StringComparer.Ordinal);
        Schedule = new(data.Train.Length, spec.Shards, spec.BatchSize);
        ClassFactors = ClassWeights.Of(spec, data);
    }

    /// <summary>The run's spec.</summary>
    public RunSpec Spec { get; }

    /// <summary>Identifies what the spec computes, with the preprocessing that was decided on.</summary>
    public string SpecKey => RunSpecKey.Of(Spec with { Data = Spec.Data with { Preprocessing = Preprocessing } });

    /// <summary>The base's layers.</summary>
    public LayerTable Table { get; }

    /// <summary>The images.</summary>
    public DataSet Data { get; }

    /// <summary>The head's layers.</summary>
    public HeadLayers Head { get; }

    /// <summary>The mask of each phase.</summary>
    public ImmutableArray<FreezeMask> Masks { get; }

    /// <summary>How pixels become network input: what the run's coordinator decided on, and before it has, what this process would.</summary>
    public Preprocessing Preprocessing
    {
        get
        {
            lock (_loading)
            {
                return _decided ?? PreprocessingChoice.Taken;
            }
        }
    }

    /// <summary>How this process would prepare pixels, and why; found out on first use.</summary>
    /// <exception cref="InvalidInputException">The weights rule out what the spec says, or cannot be used.</exception>
    public PreprocessingChoice PreprocessingChoice => Decide().Choice;

    /// <summary>What a person should know of the preprocessing; null for nothing.</summary>
    /// <exception cref="InvalidInputException">The weights rule out what the spec says, or cannot be used.</exception>
    public string? PreprocessingWarning => Decide().Warning;

    /// <summary>What each phase computes and keeps.</summary>
    public ImmutableArray<FeatureRoute> Routes { get; }

    /// <summary>Where the network can be cut into two by one tensor.</summary>
    internal ImmutableArray<int> Cuts { get; }

    /// <summary>What evaluates prefixes.</summary>
    internal PrefixEnginePool Engines { get; }

    /// <summary>Where features are kept.</summary>
    internal FeatureStore Store { get; }

    /// <summary>Whether features are kept.</summary>
    internal RunForecast Forecast { get; }

    /// <summary>How the training images fall into steps.</summary>
    internal EpochSchedule Schedule { get; }

    /// <summary>Reads the data set and checks the spec against it.</summary>
    /// <exception cref="InvalidInputException">Spec, data or weights cannot be used.</exception>
    public static RunWorkspace Load(RunSpec spec, FeatureStores stores, CancellationToken cancellationToken)
    {
        var problems = RunSpecValidator.Validate(spec);
        if (!problems.IsEmpty)
        {
            throw new InvalidInputException(problems);
        }

        var decoder = new ImageDecoder(spec.Data);
        var square = new PixelStore(decoder, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PixelMemoryDivisor);
        var data = DataSet.ScanAndKeep(spec.Data, spec.Seed, decoder, square, cancellationToken);
        decoder.ReleaseBuffers(); // fewer threads decode from here on
        var workspace = new RunWorkspace(spec, LayerTable.For(spec.Model.Graph), data, decoder, square, stores.Get(spec.Features));
        DataFit.Check(workspace);
        return workspace;
    }

    /// <summary>What another run of the same images needs, without reading any of them or the weights again.</summary>
    /// <param name="spec">The other run: with the same weights, and the same way from a file to features.</param>
    /// <param name="data">Its images, each of them one of this run's.</param>
    /// <returns>A workspace that is to be disposed of before this one.</returns>
    /// <exception cref="InvalidInputException">The other run and the images do not go together.</exception>
    internal RunWorkspace Lend(RunSpec spec, DataSet data)
    {
        var other = new RunWorkspace(spec, Table, data, _decoder, _square, Store, this);
        DataFit.Check(other);
        return other;
    }

    /// <summary>How much the loss of a training image counts, by class; null where every image counts 1.</summary>
    internal float[]? ClassFactors { get; }

    /// <summary>Pixels of one view of the training images.</summary>
    /// <param name="view">0 for the images as they are, of any split.</param>
    internal IPixelSource PixelsOf(int view) => new AugmentedView(_pixels, view, path => _hashes[path]);

    /// <summary>Whether no image is decoded again: all were kept when they were verified, and no view shows a part of one.</summary>
    internal bool HasPixels => _square.Count >= _hashes.Count && Spec.Data.Augmentation is not { CropScale: < 1 };

    /// <summary>Which tensors train in a phase, and where they lie in its flat vectors.</summary>
    internal ParameterLayout LayoutOf(int phase) => new(Table, Masks[phase], Head.Tensors, Spec.Phases[phase].BatchNorm);

    /// <summary>Whether there is anything to compute before a phase's boundary.</summary>
    internal bool HasPrefix(int phase) => MultiplyAddsTo(Routes[phase].Boundary) > 0;

    /// <summary>What a boundary takes to compute for one image, in multiply-adds.</summary>
    internal long MultiplyAddsTo(int boundary) => Table.MultiplyAddsAt(Spec.Data.ImageSize).Take(boundary + 1).Sum();

    /// <summary>How one image's features at a boundary are kept.</summary>
    internal SegmentLayout RecordAt(int boundary) => new(FeatureShapes.Elements(Table, boundary, Spec.Data.ImageSize), Spec.Features.Type);

    /// <summary>Name of a boundary.</summary>
    internal string NameOf(int boundary) => boundary == Table.Layers.Length ? DistributedFreeze.Freezing.Masks.Boundary.PooledName : Table.Layers[boundary].Name;

    /// <summary>The base's weights on a device, loaded on first use and shared by the replicas there.</summary>
    /// <exception cref="InvalidInputException">The weights file cannot be used.</exception>
    public BaseWeights BaseOn(torch.Device device)
    {
        if (_lender is not null)
        {
            return _lender.BaseOn(device);
        }

        lock (_loading)
        {
            var key = device.ToString();
            if (!_bases.TryGetValue(key, out var weights))
            {
                weights = Spec.Model.Weights is { } path
                    ? BaseWeights.Load(path, Table, device)
                    : BaseWeights.Random(Spec.Seed, Table, device);
                _bases.Add(key, weights);
            }

            return weights;
        }
    }

    /// <summary>Prepares pixels as the run's coordinator decided, the same in every process.</summary>
    /// <param name="decided">Caffe, torch or tf; null leaves it to this process.</param>
    /// <exception cref="MaskMismatchException">Something else was decided before.</exception>
    internal void Prepare(Preprocessing? decided)
    {
        lock (_loading)
        {
            var now = decided is null or Preprocessing.Auto ? Preprocessing : decided.Value;
            _decided ??= now;
            if (_decided != now)
            {
                throw new MaskMismatchException($"The images of this run are prepared by {_decided} here, and its coordinator says {now}.");
            }
        }
    }

    private (PreprocessingChoice Choice, string? Warning) Decide()
    {
        if (_lender is not null)
        {
            return _lender.Decide();
        }

        lock (_loading)
        {
            return _preprocessing ??= PreprocessingDecision.Of(this, _bases.Count > 0 ? _bases.Values.First() : BaseOn(torch.CPU));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_loading)
        {
            foreach (var weights in _bases.Values)
            {
                weights.Dispose();
            }

            _bases.Clear();
            Engines.Dispose();
        }
    }
}
