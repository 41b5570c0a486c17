namespace DistributedFreeze.Training.Onnx;

/// <summary>How a batch norm with fixed statistics is written.</summary>
internal enum BatchNormForm
{
    /// <summary>As a node of its own, the tensors unchanged: for a model that others read.</summary>
    Separate = 0,

    /// <summary>Multiplied into the convolution before it, in double precision: for evaluation.</summary>
    Folded = 1,
}
