using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Onnx;

/// <summary>Reads a stored tensor.</summary>
/// <param name="tensor">Which one.</param>
/// <param name="values">To be filled, row-major.</param>
internal delegate void TensorReader(TensorSpec tensor, Span<float> values);
