using System.Collections.Immutable;
using System.Globalization;

namespace DistributedFreeze.Training.Native;

/// <summary>A GPU as its driver describes it.</summary>
/// <param name="Model">Its name, such as <c>NVIDIA H200</c>.</param>
/// <param name="MemoryBytes">Its memory; 0 where the driver does not say.</param>
/// <param name="Capability">Its compute capability, such as <c>9.0</c>; null where the driver does not say.</param>
/// <param name="Driver">The driver's version and the newest CUDA that it runs, such as <c>570.86.15, CUDA 12.8</c>; null where neither is known.</param>
internal sealed record GpuDescription(string Model, long MemoryBytes, string? Capability, string? Driver)
{
    // CUdevice_attribute of cuda.h.
    private const int MajorCapability = 75, MinorCapability = 76;

    /// <summary>Where the kernel's module says its version, also in containers.</summary>
    private const string ModuleVersion = "/sys/module/nvidia/version";

    /// <summary>What a GPU is called whose driver does not say.</summary>
    public const string Unnamed = "GPU";

    /// <summary>The GPUs of this host that are visible to this process, numbered as libtorch numbers them: both ask the driver, which reads CUDA_VISIBLE_DEVICES.</summary>
    /// <param name="counted">How many libtorch counts.</param>
    /// <returns>As many.</returns>
    public static ImmutableArray<GpuDescription> OfThisHost(int counted) =>
        AsCounted(counted, counted > 0 && CudaDriver.TryLoad(GpuDriver.Library, out var driver) ? Of(driver, Read(ModuleVersion)) : []);

    /// <summary>Where the driver counts others than libtorch, or does not answer, nobody knows which is which.</summary>
    internal static ImmutableArray<GpuDescription> AsCounted(int counted, ImmutableArray<GpuDescription> described) =>
        described.Length == counted ? described : [.. Enumerable.Repeat(new GpuDescription(Unnamed, 0, null, null), counted)];

    /// <param name="driver">Whom to ask.</param>
    /// <param name="moduleVersion">The version of the driver's module; null where nobody says.</param>
    internal static ImmutableArray<GpuDescription> Of(ICudaDriver driver, string? moduleVersion)
    {
        if (driver.Init() != 0 || driver.Count(out var count) != 0)
        {
            return [];
        }

        var cuda = driver.Version(out var number) == 0 ? string.Create(CultureInfo.InvariantCulture, $"CUDA {number / 1000}.{number % 1000 / 10}") : null;
        var version = string.Join(", ", new[] { moduleVersion, cuda }.OfType<string>());
        return [.. Enumerable.Range(0, Math.Max(0, count)).Select(ordinal => Of(driver, ordinal, version.Length > 0 ? version : null))];
    }

    private static GpuDescription Of(ICudaDriver driver, int ordinal, string? version)
    {
        if (driver.Device(ordinal, out var device) != 0)
        {
            return new(Unnamed, 0, null, version);
        }

        var model = driver.Name(device, out var name) == 0 && name.Trim() is { Length: > 0 } said ? said : Unnamed;
        var memory = driver.Memory(device, out var bytes) == 0 ? (long)Math.Min(bytes, long.MaxValue) : 0;
        var capability = driver.Attribute(device, MajorCapability, out var major) == 0 && driver.Attribute(device, MinorCapability, out var minor) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}")
            : null;
        return new(model, memory, capability, version);
    }

    private static string? Read(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } text ? text : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
