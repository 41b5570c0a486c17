using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>Finds out about the ONNX model that is a run's base what the run has to know before it starts.</summary>
/// <remarks>Thread-safe. It needs no libtorch.</remarks>
public static class RunBases
{
    /// <summary>A run with everything that its base says: hash, boundary, pooling, features, image size, costs.</summary>
    /// <remarks>Where all of it is said, the file is hashed and looked at, and not computed with; what is wrong all the same shows when the first features are.</remarks>
    /// <param name="spec">A valid run.</param>
    /// <returns>The run itself where its base is none of ONNX.</returns>
    /// <exception cref="InvalidInputException">The model cannot be read or computed, or is another than the run says.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime does not load on this host.</exception>
    public static RunSpec Resolve(RunSpec spec) => spec.Model.Base is { } path ? BaseGraph.Open(path).Resolve(spec) : spec;

    /// <summary>The file that a run's base is in: an ONNX model, or weights.</summary>
    /// <param name="model">The run's.</param>
    /// <returns>Null where the base has random weights.</returns>
    public static string? FileOf(ModelSpec model) => model.Base ?? model.Weights;

    /// <summary>The same base in another file.</summary>
    /// <param name="model">The run's.</param>
    /// <param name="file">A copy of its file; null where the base has random weights.</param>
    public static ModelSpec WithFile(ModelSpec model, string? file) => model.Base is null ? model with { Weights = file } : model with { Base = file };
}
