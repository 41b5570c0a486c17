namespace DistributedFreeze.Training.Onnx;

/// <summary>Writes the values of a tensor into memory of its size.</summary>
/// <param name="values">To be filled, row-major.</param>
internal delegate void ValuesWriter(Span<float> values);
