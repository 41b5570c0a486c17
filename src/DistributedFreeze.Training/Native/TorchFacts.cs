using System.Text.RegularExpressions;

namespace DistributedFreeze.Training.Native;

/// <summary>Which libtorch this process has, as far as that can be told.</summary>
/// <param name="Folder">Where its libraries lie; null where the system found them.</param>
/// <param name="Version">Its version, such as <c>2.10.0</c>.</param>
/// <param name="Cuda">The CUDA that it was built for, such as <c>12.8</c>; null for one that was built for the processor alone.</param>
/// <param name="CuDnn">The cuDNN that it runs with.</param>
/// <param name="OneDnn">The oneDNN in it, which computes convolutions on the processor.</param>
/// <param name="Vectors">The vector instructions that its own kernels use here, such as <c>AVX512</c>.</param>
internal sealed partial record TorchFacts(string? Folder, string? Version, string? Cuda, string? CuDnn, string? OneDnn, string? Vectors)
{
    private static readonly Lazy<TorchFacts> Own = new(Read);

    /// <summary>This process's, read once.</summary>
    /// <exception cref="LibTorchException">It is missing or broken.</exception>
    public static TorchFacts OfThisProcess => Own.Value;

    /// <summary>The variable that named the folder; null for the program's own libtorch.</summary>
    public string? NamedBy { get; init; }

    /// <summary>
    /// Which libtorch computes here, where bits depend on it: TorchSharp's own version for the one that comes with it, whose version it tells without asking; what the
    /// library says of itself for one that was named.
    /// </summary>
    /// <exception cref="LibTorchException">It is missing or broken.</exception>
    public static string Identity => OfThisProcess is { NamedBy: not null } named ? $"{named.Version ?? "unknown"}-onednn{named.OneDnn ?? "unknown"}" : TorchSharp.torch.__version__;

    /// <summary>The libraries that compute on a GPU, as far as results depend on them: <c>libtorch 2.10.0, CUDA 12.8, cuDNN 91.0</c>.</summary>
    public string Libraries => string.Join(", ", new[] { Name, Cuda is null ? null : $"CUDA {Cuda}", CuDnn is null ? null : $"cuDNN {CuDnn}" }.OfType<string>());

    /// <summary>The libraries that compute on the processor, as far as results depend on them: <c>libtorch 2.10.0, oneDNN 3.7.1</c>.</summary>
    public string ProcessorLibraries => $"{Name}{(OneDnn is null ? "" : $", oneDNN {OneDnn}")}";

    private string Name => $"libtorch {Version ?? "of an unknown version"}";

    /// <summary>Loads libtorch, and asks it.</summary>
    /// <exception cref="LibTorchException">It is missing or broken.</exception>
    public static TorchFacts Read()
    {
        var loaded = LibTorch.Current;
        return Parse(Path.GetDirectoryName(loaded.Library), TorchConfig.Read()) with { NamedBy = loaded.NamedBy };
    }

    /// <summary>Finds the facts in what libtorch says of its own build (<c>at::show_config</c>).</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="config">What it says; empty where it cannot be asked.</param>
    public static TorchFacts Parse(string? folder, string config) => new(
        folder, First(VersionSetting(), config), First(CudaRuntime(), config), First(CuDnnLine(), config), First(OneDnnLine(), config), First(Capability(), config));

    private static string? First(Regex pattern, string config) => pattern.Match(config) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"\bTORCH_VERSION=([^\s,]+)")]
    private static partial Regex VersionSetting();

    [GeneratedRegex(@"^\s*- CUDA Runtime (\S+)", RegexOptions.Multiline)]
    private static partial Regex CudaRuntime();

    [GeneratedRegex(@"^\s*- CuDNN (\S+)", RegexOptions.Multiline)]
    private static partial Regex CuDnnLine();

    [GeneratedRegex(@"^\s*- .*(?:MKL-DNN|oneDNN\)?) v(\S+)", RegexOptions.Multiline)]
    private static partial Regex OneDnnLine();

    [GeneratedRegex(@"^\s*- CPU capability usage: (\S+)", RegexOptions.Multiline)]
    private static partial Regex Capability();
}
