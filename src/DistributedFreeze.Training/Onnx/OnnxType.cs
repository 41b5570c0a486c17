namespace DistributedFreeze.Training.Onnx;

/// <summary>Types of elements, by their numbers in TensorProto.DataType (github.com/onnx/onnx, onnx/onnx.proto).</summary>
internal enum OnnxType
{
    /// <summary>32-bit floats.</summary>
    Real = 1,

    /// <summary>Bytes without a sign.</summary>
    Byte = 2,

    /// <summary>Bytes with a sign.</summary>
    SignedByte = 3,

    /// <summary>32-bit whole numbers.</summary>
    Int = 6,

    /// <summary>64-bit whole numbers.</summary>
    Whole = 7,
}
