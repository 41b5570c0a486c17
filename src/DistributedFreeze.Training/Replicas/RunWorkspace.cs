using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Bases;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Inputs;
using DistributedFreeze.Training.Measuring;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What all replicas of a run in one process share: what the run is, and what it is computed with.</summary>
/// <remarks>Thread-safe. Nothing here changes while the run lasts, but for what is loaded on first use.</remarks>
internal sealed class RunWorkspace : IDisposable
{
    private readonly IRunBase _network;
    private readonly bool _ownsWeights;

    private RunWorkspace(RunFeatures features, RunWeights weights, IRunBase network, bool ownsWeights)
    {
        (Features, Weights, _network, _ownsWeights) = (features, weights, network, ownsWeights);
        Forecast = new(features, weights, TimeProvider.System);
    }

    /// <summary>Identifies what the spec computes, with the preprocessing that was decided on.</summary>
    public string SpecKey => RunSpecKey.Of(Run.Spec with { Data = Run.Spec.Data with { Preprocessing = Preprocessing.Taken } });

    /// <summary>What the run is.</summary>
    internal RunDefinition Run => Features.Run;

    /// <summary>The base's weights.</summary>
    internal RunWeights Weights { get; }

    /// <summary>What an earlier run has trained of the head; null where the run starts from its base.</summary>
    internal InheritedHead? InheritedHead { get; private init; }

    /// <summary>The rate of each step of a phase as a multiple of its peak, where a test of rates takes the place of the schedule; null for the schedule's.</summary>
    internal Func<long, double>? RateFactor { get; set; }

    /// <summary>Where features come from.</summary>
    internal RunFeatures Features { get; }

    /// <summary>How pixels become network input.</summary>
    internal RunPreprocessing Preprocessing => Features.Preprocessing;

    /// <summary>Whether features are kept.</summary>
    internal RunForecast Forecast { get; }

    /// <summary>Reads the data set and checks the spec against it.</summary>
    /// <exception cref="InvalidInputException">Spec, data or weights cannot be used.</exception>
    public static RunWorkspace Load(RunSpec spec, FeatureStores stores, CancellationToken cancellationToken, bool readsEveryFile = false, DrawnBases? drawn = null)
    {
        var problems = RunSpecValidator.Validate(spec);
        if (!problems.IsEmpty)
        {
            throw new InvalidInputException(problems);
        }

        var decoder = new ImageDecoder(spec.Data);
        var square = new PixelStore(decoder, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PixelStore.MemoryDivisor);
        var store = stores.Get(spec.Features);
        var data = DataSet.ScanAndKeep(spec.Data, spec.Seed, decoder, square, readsEveryFile ? null : store.Options.Directory, cancellationToken);
        decoder.ReleaseBuffers(); // fewer threads decode from here on
        var run = RunDefinition.Of(spec, LayerTable.For(spec.Model), data);
        var pixels = new RunPixels(run, decoder, square);
        var parent = ParentWeights.Open(spec);
        var network = RunBase.Of(spec, run.Table, drawn);
        var weights = new RunWeights(network.Load, parent, spec.Precision);
        try
        {
            return new(new(run, pixels, new(run, weights.Parent, () => network.Preprocess(run, pixels, weights)), store, network), weights, network, ownsWeights: true) { InheritedHead = parent?.HeadFor(data.Classes) };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>What another run of the same images needs, without reading any of them or the weights again.</summary>
    /// <param name="spec">The other run: with the same weights, and the same way from a file to features; its head may read other blocks.</param>
    /// <param name="data">Its images, each of them one of this run's.</param>
    /// <returns>A workspace that is to be disposed of before this one.</returns>
    /// <exception cref="InvalidInputException">The other run and the images do not go together.</exception>
    internal RunWorkspace Lend(RunSpec spec, DataSet data)
    {
        var table = LayerTable.For(spec.Model);
        var isSame = table.StableName == Run.Table.StableName;
        var run = RunDefinition.Of(spec, isSame ? Run.Table : table, data);
        var network = isSame ? _network : RunBase.Of(spec, table);
        var features = new RunFeatures(run, Features.Pixels.For(run), Preprocessing.ForAnother(), Features.Store, network) { Residency = Features.Residency.ForLent };
        return new(features, Weights, network, ownsWeights: false) { InheritedHead = InheritedHead };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsWeights)
        {
            Weights.Dispose();
        }

        Features.Dispose();
    }
}
