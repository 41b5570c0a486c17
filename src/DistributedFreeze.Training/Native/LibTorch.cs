using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TorchSharp;

namespace DistributedFreeze.Training.Native;

/// <summary>Loads libtorch and TorchSharp's bridge to it, also where the bridge's own file refuses to load.</summary>
/// <remarks>
/// <para>
/// The bridge of TorchSharp 0.107, <c>libLibTorchSharp.so</c>, was built with GCC 13 and therefore asks for GLIBCXX_3.4.32, a version
/// of libstdc++ that Debian 12, Ubuntu 22.04 and RHEL 9 do not have. Every other version it asks for is 3.4.30 or older. It asks
/// for the sake of one symbol, <c>_ZSt21ios_base_library_initv</c>, which the header <c>iostream</c> mentions without ever calling
/// it: its only purpose is to demand a libstdc++ that sets up <c>std::cout</c> itself. In an older one every library sets it up
/// in its own initializer, and libtorch, built with an older GCC, does so before the bridge starts. So the demand can be
/// dropped, and nothing else changes: <see cref="ElfVersionNeed"/> marks it optional in a private copy, one byte in 2.4 MB.
/// </para>
/// <para>
/// The copy is loaded before TorchSharp's first call. The dynamic loader then knows a library with the bridge's soname, and hands it
/// to everyone who asks for <c>libLibTorchSharp.so</c> by name, as .NET does once the file in the program's folder has been refused.
/// libtorch's own libraries come first, since the copy does not lie beside them.
/// </para>
/// <para>
/// Only Linux x64 is touched, and only when the loader itself has refused the original for that version: a host that needs no help gets none.
/// </para>
/// <para>
/// <c>DFREEZE_LIBTORCH</c>, or a silo's setting, names a libtorch of the user's own: an unpacked one, or that of a Python installation. Its libraries are loaded by their
/// paths, those of CUDA beside it before them, and the bridge of this program's own package finds them by their names.
/// </para>
/// </remarks>
public static class LibTorch
{
    /// <summary>Environment variable that names the folder of a libtorch to take instead of the program's own.</summary>
    public const string Variable = "DFREEZE_LIBTORCH";

    /// <summary>libtorch itself, each after those that it needs.</summary>
    internal static readonly ImmutableArray<string> Libraries = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    /// <summary>Of a build for CUDA alone.</summary>
    private const string CudaLibrary = "libtorch_cuda.so";

    private const string Bridge = "libLibTorchSharp.so";
    private const string OptionalVersion = "GLIBCXX_3.4.32";

    // What the process has loaded is the process's, so the outcome is, too. A failure is kept: a second try could not end otherwise.
    private static readonly Lazy<LoadedLibTorch> Loaded = new(Load);
    private static Named? _named;

    /// <summary>What is loaded, and is now if it was not.</summary>
    /// <exception cref="LibTorchException">As at <see cref="EnsureLoaded()"/>.</exception>
    internal static LoadedLibTorch Current => Loaded.Value;

    /// <summary>Makes TorchSharp usable in this process, or says why it cannot be. Call it before anything else of TorchSharp.</summary>
    /// <remarks>Thread-safe. The first call takes as long as libtorch takes to load, later ones nothing.</remarks>
    /// <exception cref="LibTorchException">A library is missing or broken, or the host lacks something that it needs.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>The same, with a libtorch that a setting names rather than <see cref="Variable"/>.</summary>
    /// <param name="folder">As at <see cref="Problem"/>; null leaves it to the variable. What this process has loaded before stays.</param>
    /// <param name="setting">The setting's name, for errors.</param>
    /// <exception cref="LibTorchException">As at <see cref="EnsureLoaded()"/>, or there is no libtorch that fits.</exception>
    public static void EnsureLoaded(string? folder, string setting)
    {
        if (folder is not null)
        {
            Interlocked.CompareExchange(ref _named, new(folder, setting), null);
        }

        EnsureLoaded();
    }

    /// <summary>Looks at a folder that a setting names, and loads nothing.</summary>
    /// <param name="folder">An unpacked libtorch, or <c>torch/lib</c>, <c>torch</c> or <c>site-packages</c> of a Python installation.</param>
    /// <param name="setting">The setting's name.</param>
    /// <returns>Why it cannot be used: there is no libtorch, or the bridge does not fit it. Null where it can.</returns>
    public static string? Problem(string folder, string setting)
    {
        try
        {
            if (IsLookedFor)
            {
                NamedLibTorch.Find(folder, setting).CheckFits(LibTorchFolders.OfThisProcess().Find(Bridge));
            }

            return null;
        }
        catch (LibTorchException problem)
        {
            return problem.Message;
        }
    }

    /// <summary>Elsewhere TorchSharp finds it.</summary>
    private static bool IsLookedFor => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    private static LoadedLibTorch Load()
    {
        NativeHeap.KeepFreed(Environment.GetEnvironmentVariable);
        CudaDeterminism.SetWorkspace();
        if (!IsLookedFor)
        {
            StartTorchSharp(LibTorchFolders.PackageRemedy);
            return new(null, null);
        }

        var own = LibTorchFolders.OfThisProcess();
        var named = (_named ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? new Named(folder, Variable) : null)) is { } chosen
            ? NamedLibTorch.Find(chosen.Folder, chosen.By)
            : null;
        var folders = named is null ? own : new LibTorchFolders([named.Folder], named.Remedy);
        var libraries = Libraries.Select(folders.Find).ToList();
        var bridge = own.Find(Bridge);
        if (named is not null)
        {
            named.CheckFits(bridge);
            TakePlaces(own, named.Folder);
        }

        Load(libraries, bridge, named, folders.Remedy);
        StartTorchSharp(folders.Remedy);
        return new(libraries[1], named?.NamedBy);
    }

    /// <summary>Keeps .NET from opening the program's own libtorch, which TorchSharp asks it for by name.</summary>
    private static void TakePlaces(LibTorchFolders own, string folder)
    {
        try
        {
            foreach (var path in own.Folders.Where(place => place != folder).SelectMany(_ => (string[])["libtorch_cpu.so", CudaLibrary], Path.Combine).Where(File.Exists))
            {
                StandIn.Take(path);
            }
        }
        catch (IOException refused)
        {
            throw new LibTorchException($"The program's own libtorch cannot be kept out of this process. {refused.Message}", refused);
        }
    }

    private static void Load(List<string> libraries, string bridge, NamedLibTorch? named, string remedy)
    {
        if (named is not null && Path.Combine(named.Folder, CudaLibrary) is var cuda && File.Exists(cuda))
        {
            libraries.Add(cuda);
            CudaLibraries.Preload(libraries, named.CudaFolders);
        }

        foreach (var library in libraries)
        {
            LoadOne(library, remedy);
        }

        LibTorchLog.Quieten(libraries[0]);

        try
        {
            NativeLibrary.Load(bridge);
        }
        catch (DllNotFoundException e) when (e.Message.Contains(OptionalVersion, StringComparison.Ordinal))
        {
            LoadPatched(bridge);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Refused(bridge, remedy, e);
        }
    }

    private static void LoadPatched(string bridge)
    {
        try
        {
            PrivateLibrary.Load(Bridge, ElfVersionNeed.MakeOptional(File.ReadAllBytes(bridge), OptionalVersion));
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new LibTorchException(
                $"{bridge} needs a libstdc++ with {OptionalVersion}, which this host lacks, and cannot be made to do without: {e.Message} "
                + "Run on Debian 13, Ubuntu 24.04 or newer, or on their container images.",
                e);
        }
    }

    private static void LoadOne(string library, string remedy)
    {
        try
        {
            NativeLibrary.Load(library);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Refused(library, remedy, e);
        }
    }

    private static LibTorchException Refused(string library, string remedy, Exception e) =>
        new($"{library} does not load on this host. {remedy} The loader says: {e.Message}", e);

    /// <summary>On every platform: TorchSharp's own start, whose failures come wrapped in type initializers.</summary>
    private static void StartTorchSharp(string remedy)
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or NotSupportedException)
        {
            var cause = e is TypeInitializationException { InnerException: { } inner } ? inner : e;
            throw new LibTorchException($"TorchSharp does not start. {remedy} It says: {cause.Message}", e);
        }
    }

    /// <summary>What was named, and by what.</summary>
    private sealed record Named(string Folder, string By);
}

/// <summary>What is loaded.</summary>
/// <param name="Library">Path of <c>libtorch_cpu.so</c>; null on other systems than Linux x64, where TorchSharp finds it.</param>
/// <param name="NamedBy">The variable or setting that named its folder; null for the program's own.</param>
internal sealed record LoadedLibTorch(string? Library, string? NamedBy);
