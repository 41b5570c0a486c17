using DistributedFreeze.Data.Runs;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Bases;

/// <summary>What the frozen part of a run's network is made of: a table of layers and a file of their weights, or a model that is a graph of its own.</summary>
/// <remarks>All that differs between the two while a run trains. What differs in an exported model is in <c>IExportedBase</c>. Thread-safe.</remarks>
internal interface IRunBase
{
    /// <summary>Loads the weights on a device.</summary>
    /// <param name="device">Where tensors go.</param>
    /// <param name="parent">What an earlier run trained; null where the run starts from its base.</param>
    /// <exception cref="Errors.InvalidInputException">The file cannot be used, or the parent began with another base.</exception>
    BaseWeights Load(Device device, ParentWeights? parent);

    /// <summary>Decides how pixels become the network's input.</summary>
    /// <param name="run">The run.</param>
    /// <param name="pixels">Its images.</param>
    /// <param name="weights">The base's.</param>
    /// <returns>What is taken, and what to warn of; null for nothing.</returns>
    /// <exception cref="Errors.InvalidInputException">What was chosen cannot be right.</exception>
    (PreprocessingChoice Choice, string? Warning) Preprocess(RunDefinition run, RunPixels pixels, RunWeights weights);

    /// <summary>Makes what evaluates a stretch of it.</summary>
    /// <param name="kind">ONNX Runtime or TorchSharp; a graph is always ONNX Runtime's.</param>
    /// <param name="request">The stretch.</param>
    /// <param name="weights">The stretch's tensors.</param>
    /// <exception cref="Errors.InvalidInputException">The file is not what it was.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime or its provider is missing or broken.</exception>
    IPrefixEngine CreateEngine(PrefixEngine kind, PrefixRequest request, ILayerWeights weights);
}
