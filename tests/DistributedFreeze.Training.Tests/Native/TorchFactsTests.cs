using TorchSharp;

namespace DistributedFreeze.Training.Native;

public sealed class TorchFactsTests
{
    /// <summary>As PyTorch 2.5 and 2.7 print it.</summary>
    [Theory]
    [InlineData(
        """
        PyTorch built with:
          - GCC 9.3
          - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64 architecture applications
          - Intel(R) MKL-DNN v3.5.3 (Git Hash 66f0cb9eb66affd2da3bf5f8d897376f04aae6af)
          - CPU capability usage: AVX512
          - CUDA Runtime 12.4
          - NVCC architecture flags: -gencode;arch=compute_90,code=sm_90
          - CuDNN 90.1
          - Build settings: BLAS_INFO=mkl, BUILD_TYPE=Release, CUDA_VERSION=12.4, CUDNN_VERSION=9.1.0, TORCH_VERSION=2.5.1, USE_CUDA=ON,
        """,
        "2.5.1", "12.4", "90.1", "3.5.3", "AVX512")]
    [InlineData(
        """
        PyTorch built with:
          - Intel(R) oneAPI Deep Neural Network Library (oneDNN) v3.7.1 (Git Hash 8d263e693366ef8db40acc569cc7d8edf644556d)
          - CPU capability usage: AVX2
          - Build settings: BUILD_TYPE=Release, TORCH_VERSION=2.7.0, USE_CUDA=OFF
        """,
        "2.7.0", null, null, "3.7.1", "AVX2")]
    [InlineData("", null, null, null, null, null)]
    public void WhatLibtorchSaysOfItsBuild_IsRead(string config, string? version, string? cuda, string? cuDnn, string? oneDnn, string? vectors) =>
        Assert.Equal(new TorchFacts("/lib", version, cuda, cuDnn, oneDnn, vectors), TorchFacts.Parse("/lib", config));

    [Fact]
    public void TheOneOfThisProcess_IsTheOneThatTorchSharpWasBuiltFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux's libtorch is asked.");

        var facts = TorchFacts.Read();

        Assert.StartsWith($"{facts.Version!}.", $"{torch.__version__}.", StringComparison.Ordinal); // of the package, which has one number more
        Assert.True(File.Exists(Path.Combine(facts.Folder!, "libtorch_cpu.so")));
        Assert.NotNull(facts.OneDnn);
        Assert.NotNull(facts.Vectors);
    }
}
