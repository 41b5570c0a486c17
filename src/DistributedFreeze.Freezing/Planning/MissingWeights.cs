using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Whether a run forgot the weights of its base.</summary>
public static class MissingWeights
{
    /// <summary>What to say of it, more than once.</summary>
    /// <param name="spec">The run.</param>
    /// <returns>A text that names fields as <see cref="Fields.FieldNames"/> does; null where it has weights or an ONNX base, starts from a run, which has, or says that random ones are meant.</returns>
    public static string? Warning(RunSpec spec) => spec is { From: null, Model: { Weights: null, Base: null, RandomWeights: false } }
        ? "NO PRE-TRAINED WEIGHTS: the base is random and knows nothing, so what is trained on it is worth little. Give a file of pre-trained weights by "
            + "`model.weights: FILE`, or the word imagenet there to have one pulled; if random weights are meant, say so by `model.random_weights: true`."
        : null;
}
