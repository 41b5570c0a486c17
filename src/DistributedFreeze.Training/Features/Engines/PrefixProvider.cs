namespace DistributedFreeze.Training.Features.Engines;

/// <summary>What ONNX Runtime computes on.</summary>
public enum PrefixProvider
{
    /// <summary>The processor; every ONNX Runtime has it.</summary>
    Cpu = 0,

    /// <summary>An NVIDIA GPU by cuDNN; needs the package Microsoft.ML.OnnxRuntime.Gpu, CUDA and cuDNN.</summary>
    Cuda = 1,

    /// <summary>
    /// An NVIDIA GPU by TensorRT, which picks its kernels by timing them, so that two processes may get other bits from the same image:
    /// features of it are comparable only within one cache.
    /// </summary>
    TensorRt = 2,
}
