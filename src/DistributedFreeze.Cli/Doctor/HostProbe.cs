using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>What the program, the system, the processor and the memory are.</summary>
internal static partial class HostProbe
{
    /// <summary>A replica that trains the head alone takes about as much; docs/operations.md.</summary>
    private const long LeastRunBytes = 600L << 20;

    public static ProgramFacts Program() => new(
        typeof(HostProbe).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        RuntimeInformation.FrameworkDescription,
        Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static SystemFacts System() => new(
        RuntimeInformation.OSDescription,
        Environment.OSVersion.Version.ToString(),
        RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
        LibC());

    /// <summary>Whether there can be a libtorch for this system at all.</summary>
    public static IEnumerable<Finding> FindingsOf(SystemFacts system)
    {
        if (OperatingSystem.IsLinux() && system.LibC is null)
        {
            yield return new("system", "This system's C library is not glibc, which libtorch and ONNX Runtime are built for", "Run on a system with glibc, such as Debian 13 or Ubuntu 24.04, or on the program's image", Stops: true);
        }
    }

    public static ProcessorFacts Processor()
    {
        var info = Lines("/proc/cpuinfo");
        return new(
            info.FirstOrDefault(line => line.Name == "model name").Value,
            InstructionSet.OfOneDnn,
            info.Count(line => line.Name == "processor") is > 0 and var threads ? threads : Environment.ProcessorCount,
            Environment.ProcessorCount,
            ProcessorCaches.Read());
    }

    public static MemoryFacts Memory()
    {
        var info = Lines("/proc/meminfo");
        return new(Kibibytes(info, "MemTotal"), Kibibytes(info, "MemAvailable"), RunHost.Current.MemoryBytes, MemoryLimit.Of(RunHost.Current));
    }

    /// <summary>Whether there is memory for the least of runs.</summary>
    public static IEnumerable<Finding> FindingsOf(MemoryFacts memory)
    {
        if (memory.RunBytes < LeastRunBytes)
        {
            yield return new(
                "memory", $"Runs have {Amount.Bytes(memory.RunBytes)}, and even one that trains the head alone takes about {Amount.Bytes(LeastRunBytes)}",
                "Give the machine or the container more; dfreeze plan says what a run needs", Stops: false);
        }
        else if (memory.AvailableBytes < LeastRunBytes)
        {
            yield return new(
                "memory", $"Only {Amount.Bytes(memory.AvailableBytes.Value)} of the machine's memory are free now, and even a run that trains the head alone takes about {Amount.Bytes(LeastRunBytes)}",
                "End what takes the rest, or wait for it", Stops: false);
        }
    }

    private static List<(string Name, string Value)> Lines(string file) => File.Exists(file)
        ? [.. File.ReadLines(file).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1]))]
        : [];

    private static long? Kibibytes(List<(string Name, string Value)> info, string name) =>
        info.FirstOrDefault(line => line.Name == name).Value is { } value && long.TryParse(value.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes << 10
            : null;

    private static string? LibC()
    {
        try
        {
            return OperatingSystem.IsLinux() ? $"glibc {Marshal.PtrToStringUTF8(Version())}" : null;
        }
        catch (Exception absent) when (absent is DllNotFoundException or EntryPointNotFoundException)
        {
            return null; // musl has none
        }
    }

    [LibraryImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static partial nint Version();
}
