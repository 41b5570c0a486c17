namespace DistributedFreeze.Training.Export;

/// <summary>What an ONNX model takes and gives, and in which numbers it computes.</summary>
/// <remarks>Immutable. As it is by default, it is what <see cref="Inference.ImageClassifier"/> opens: pixels in, probabilities out.</remarks>
public sealed record OnnxForm
{
    /// <summary>What logits are divided by before they leave or become probabilities, above 0; null leaves them as they are.</summary>
    public double? Temperature { get; init; }

    /// <summary>True gives <c>logits</c> in place of <c>probabilities</c>.</summary>
    public bool Logits { get; init; }

    /// <summary>True gives the pooled features, (N, features) floats, as a second output, <c>features</c>.</summary>
    public bool Features { get; init; }

    /// <summary>True takes <c>input</c>, (N, 3, height, width) floats that are preprocessed, in place of pixels.</summary>
    public bool Preprocessed { get; init; }

    /// <summary>The ranges with which the base computes in whole numbers of 8 bits; null computes in floats.</summary>
    public Int8Ranges? Quantized { get; init; }

    /// <summary>Further metadata of the model; keys are those that it has not by itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
}
