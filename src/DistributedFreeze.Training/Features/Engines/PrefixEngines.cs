using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Features.Engines;

/// <summary>Makes prefix engines.</summary>
/// <remarks>Thread-safe.</remarks>
internal static class PrefixEngines
{
    /// <summary>Images of one evaluation on the processor: enough for the kernels, little enough for the cache and for padding.</summary>
    public const int BlockSize = FeatureShapes.BlockSize;

    /// <summary>Makes an engine.</summary>
    /// <param name="kind">ONNX Runtime or TorchSharp.</param>
    /// <param name="request">What to evaluate, and with what.</param>
    /// <param name="weights">
    /// The tensors of the stretch's layers, which must keep their values while the engine lives. ONNX Runtime copies them; the
    /// Torch engine shares their memory, also when their owner has disposed of its tensors.
    /// </param>
    /// <exception cref="ArgumentException">
    /// <paramref name="request"/> has a start or an end where the graph cannot be cut, or a number out of range.
    /// </exception>
    /// <exception cref="KeyNotFoundException"><paramref name="weights"/> lacks a tensor.</exception>
    /// <exception cref="InferenceException">ONNX Runtime or its provider is missing or broken.</exception>
    /// <exception cref="Native.LibTorchException">libtorch is missing or broken.</exception>
    public static IPrefixEngine Create(PrefixEngine kind, PrefixRequest request, ILayerWeights weights)
    {
        request.Validate();
        return kind switch
        {
            PrefixEngine.Onnx => new OnnxPrefixEngine(request, weights),
            PrefixEngine.Torch => new TorchPrefixEngine(request, weights),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such engine."),
        };
    }

    /// <summary>The providers that this process's ONNX Runtime was built with, fastest first.</summary>
    /// <remarks>Whether there is a GPU shows only when an engine is made.</remarks>
    /// <exception cref="InferenceException">ONNX Runtime is missing or broken.</exception>
    public static IReadOnlyList<PrefixProvider> Providers() => OnnxLibrary.Providers();

    /// <summary>What evaluates a replica's prefix: never the processor for a replica on a GPU, unless the run says so, or the base is a graph that nothing but ONNX Runtime evaluates.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="hasGpu">Whether the replica has a GPU.</param>
    /// <param name="providers">What ONNX Runtime was built with; asked where that decides.</param>
    /// <exception cref="InferenceException">ONNX Runtime is missing or broken.</exception>
    public static PrefixChoice Resolve(RunSpec spec, bool hasGpu, Func<IReadOnlyList<PrefixProvider>> providers) => (spec.Model.Base, spec.Features.Provider) switch
    {
        (null, _) when PrecisionNeeds.EngineOf(spec) == PrefixEngine.Torch => PrefixChoice.Torch,
        (_, not PrefixProvider.Auto and var wanted) => new(PrefixEngine.Onnx, wanted),
        _ when !hasGpu => new(PrefixEngine.Onnx, PrefixProvider.Cpu),
        _ when providers().Contains(PrefixProvider.Cuda) => new(PrefixEngine.Onnx, PrefixProvider.Cuda),
        (null, _) => PrefixChoice.Torch,
        _ => new(PrefixEngine.Onnx, PrefixProvider.Cpu),
    };

    /// <summary>Whether a stretch that starts at stored features gives the same bits as one from the pixels.</summary>
    /// <remarks>
    /// Not where ONNX Runtime's convolution is cut from its batch norm, since on the way from the pixels the two are one: of all
    /// cuts that is <c>conv1_conv</c> alone. Everything else, also on Torch, agrees to the last bit (checked by tests, on the CPU).
    /// </remarks>
    /// <param name="kind">The engine.</param>
    /// <param name="table">The layer table.</param>
    /// <param name="cut">Index of a cut of the table; its length, the pooled features, leaves nothing to continue to.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cut"/> is below 0 or above the table's length.</exception>
    public static bool MayContinueFrom(PrefixEngine kind, LayerTable table, int cut)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cut);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cut, table.Layers.Length);
        return cut < table.Layers.Length && (kind != PrefixEngine.Onnx || table.Layers[cut].Kind != LayerKind.Convolution);
    }
}
