namespace DistributedFreeze.Freezing.Layers;

/// <summary>What is known of an ONNX model that is a base.</summary>
/// <param name="Parameters">Stored numbers up to its boundary.</param>
/// <param name="MultiplyAdds">Multiply-adds of its forward pass for one image; null where they are not known.</param>
public sealed record GraphFacts(long Parameters, long? MultiplyAdds);
