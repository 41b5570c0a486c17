using System.Buffers.Binary;
using System.Globalization;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Wall clocks of silos, each of which can be set forward or back: by a small library (clock.c) that a silo is started with.</summary>
/// <remarks>
/// Clocks that only run on (CLOCK_MONOTONIC) are left alone, as whoever sets a machine's time leaves them. Debian's libfaketime was tried: the
/// runtime dies under it (SIGSEGV) before anything is set.
/// </remarks>
internal sealed class SiloClocks : IDisposable
{
    private const string Compiler = "cc";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-chaos-clocks-");

    /// <exception cref="InvalidOperationException">The library can't be compiled.</exception>
    public SiloClocks() =>
        Programs.Run(Compiler, "-O2", "-shared", "-fPIC", "-o", Library, Path.Combine(AppContext.BaseDirectory, "Stage", "clock.c"));

    /// <summary>Whether this machine has what that takes.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Programs.IsThere(Compiler);

    private string Library => Path.Combine(_folder.FullName, "clock.so");

    /// <summary>What a silo's environment has to be, so that its clock can be set.</summary>
    /// <param name="silo">Its port.</param>
    public IReadOnlyDictionary<string, string> Add(int silo)
    {
        Set(silo, TimeSpan.Zero);
        return new Dictionary<string, string> { ["LD_PRELOAD"] = Library, ["CHAOS_CLOCK"] = FileOf(silo) };
    }

    /// <summary>Sets a silo's clock.</summary>
    /// <param name="silo">Its port.</param>
    /// <param name="by">What it is wrong by.</param>
    public void Set(int silo, TimeSpan by)
    {
        var nanoseconds = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(nanoseconds, by.Ticks * TimeSpan.NanosecondsPerTick);
        using var file = new FileStream(FileOf(silo), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(nanoseconds); // in place: the silo has it mapped
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string FileOf(int silo) => Path.Combine(_folder.FullName, silo.ToString(CultureInfo.InvariantCulture));
}
