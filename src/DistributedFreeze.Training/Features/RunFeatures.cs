using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Training.Bases;
using DistributedFreeze.Training.Inputs;

namespace DistributedFreeze.Training.Features;

/// <summary>Where the features of a run come from in one process: its pixels, what evaluates them, and where features are kept.</summary>
/// <remarks>Thread-safe; the store stays its owner's.</remarks>
/// <param name="run">The run.</param>
/// <param name="pixels">Its images.</param>
/// <param name="preprocessing">How they become network input.</param>
/// <param name="store">Where features are kept.</param>
/// <param name="network">What the base is made of.</param>
internal sealed class RunFeatures(RunDefinition run, RunPixels pixels, RunPreprocessing preprocessing, FeatureStore store, IRunBase network) : IDisposable
{
    /// <summary>The run.</summary>
    public RunDefinition Run => run;

    /// <summary>Its images.</summary>
    public RunPixels Pixels => pixels;

    /// <summary>How they become network input.</summary>
    public RunPreprocessing Preprocessing => preprocessing;

    /// <summary>Where features are kept.</summary>
    public FeatureStore Store => store;

    /// <summary>What stays on the devices of its replicas.</summary>
    public DeviceResidency Residency
    {
        get => Engines.Residency;
        set => Engines.Residency = value;
    }

    /// <summary>What evaluates prefixes.</summary>
    public PrefixEnginePool Engines { get; } = new(network, run.Table, run.Spec);

    /// <inheritdoc/>
    public void Dispose() => Engines.Dispose();
}
