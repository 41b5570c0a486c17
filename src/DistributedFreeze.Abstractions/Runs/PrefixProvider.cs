namespace DistributedFreeze.Runs;

/// <summary>What ONNX Runtime evaluates the prefix on.</summary>
public enum PrefixProvider
{
    /// <summary>The replica's GPU by cuDNN where the replica has one and ONNX Runtime was built for it; the processor otherwise.</summary>
    Auto = 0,

    /// <summary>The processor; every ONNX Runtime has it.</summary>
    Cpu = 1,

    /// <summary>An NVIDIA GPU by cuDNN; needs the package Microsoft.ML.OnnxRuntime.Gpu, CUDA and cuDNN.</summary>
    Cuda = 2,

    /// <summary>
    /// An NVIDIA GPU by TensorRT, which picks its kernels by timing them, so that two processes may get other bits from the same image:
    /// features of it are comparable only within one cache.
    /// </summary>
    TensorRt = 3,
}
