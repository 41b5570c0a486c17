using System.Collections.Immutable;
using DistributedFreeze.Training.Native;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>One line of what a probe tells: the one of its members that is not null.</summary>
internal sealed record ProbeLine
{
    /// <summary>What it does from now on, as it would be said of a process that died: <c>loaded libtorch</c>.</summary>
    public string? Doing { get; init; }

    public TorchFacts? Torch { get; init; }

    public OnnxFacts? Onnx { get; init; }

    /// <summary>The GPUs that libtorch found.</summary>
    public ImmutableArray<GpuFacts>? Gpus { get; init; }

    public ConvolutionFacts? Convolutions { get; init; }

    /// <summary>Why it could not be found out.</summary>
    public string? Problem { get; init; }
}
