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
/// </remarks>
public static class LibTorch
{
    private const string Bridge = "libLibTorchSharp.so";
    private const string OptionalVersion = "GLIBCXX_3.4.32";

    // What the process has loaded is the process's, so the outcome is, too. A failure is kept: a second try could not end otherwise.
    private static readonly Lazy<string?> Loaded = new(Load);

    /// <summary>Path of <c>libtorch_cpu.so</c> once it is loaded; null on other systems than Linux x64, where TorchSharp finds it.</summary>
    /// <exception cref="LibTorchException">As at <see cref="EnsureLoaded"/>.</exception>
    internal static string? Library => Loaded.Value;

    /// <summary>Makes TorchSharp usable in this process, or says why it cannot be. Call it before anything else of TorchSharp.</summary>
    /// <remarks>Thread-safe. The first call takes as long as libtorch takes to load, later ones nothing.</remarks>
    /// <exception cref="LibTorchException">A library is missing or broken, or the host lacks something that it needs.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static string? Load()
    {
        NativeHeap.KeepFreed(Environment.GetEnvironmentVariable);
        CudaDeterminism.SetWorkspace();
        var library = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Load(LibTorchFolders.OfThisProcess()) : null;
        StartTorchSharp();
        return library;
    }

    /// <returns>Path of <c>libtorch_cpu.so</c>.</returns>
    private static string Load(LibTorchFolders folders)
    {
        string[] libraries = [folders.Find("libc10.so"), folders.Find("libtorch_cpu.so"), folders.Find("libtorch.so")];
        var bridge = folders.Find(Bridge);
        foreach (var library in libraries)
        {
            LoadOne(library);
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
            throw Refused(bridge, e);
        }

        return libraries[1];
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

    private static void LoadOne(string library)
    {
        try
        {
            NativeLibrary.Load(library);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Refused(library, e);
        }
    }

    private static LibTorchException Refused(string library, Exception e) =>
        new($"{library} does not load on this host. {LibTorchFolders.Remedy} The loader says: {e.Message}", e);

    /// <summary>On every platform: TorchSharp's own start, whose failures come wrapped in type initializers.</summary>
    private static void StartTorchSharp()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or BadImageFormatException
            or EntryPointNotFoundException or NotSupportedException)
        {
            var cause = e is TypeInitializationException { InnerException: { } inner } ? inner : e;
            throw new LibTorchException($"TorchSharp does not start. {LibTorchFolders.Remedy} It says: {cause.Message}", e);
        }
    }
}
