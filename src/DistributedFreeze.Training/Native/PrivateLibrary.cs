using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>Loads a library that exists only in memory.</summary>
/// <remarks>
/// The dynamic loader wants a file, so there is one for a moment: in a new folder that only this user may enter, deleted as soon as it
/// is mapped. So nothing is left behind, and no file that was there before, half-written or planted by someone else, is ever loaded.
/// Writing it anew costs a few milliseconds once per process, less than checking a stored one.
/// </remarks>
internal static class PrivateLibrary
{
    /// <summary>Loads it from the first place that allows it; some hosts forbid writing or executing in one of them.</summary>
    /// <param name="file">The file name to load it under.</param>
    /// <param name="content">The library's bytes.</param>
    /// <exception cref="IOException">No place allows it, or the loader refuses the library.</exception>
    public static void Load(string file, byte[] content)
    {
        var refusals = new List<string>();
        foreach (var place in Places())
        {
            try
            {
                LoadIn(place, file, content);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or BadImageFormatException)
            {
                refusals.Add($"{place}: {e.Message}");
            }
        }

        throw new IOException($"A private copy does not load from {string.Join("; nor from ", refusals)}");
    }

    private static IEnumerable<string> Places()
    {
        yield return Path.GetTempPath();
        yield return "/dev/shm";
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        if (home.Length > 0)
        {
            yield return home;
        }
    }

    private static void LoadIn(string place, string file, byte[] content)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var folder = Path.Combine(place, $"distributed-freeze-{Guid.NewGuid():N}");
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException();
        }

        Directory.CreateDirectory(folder, OwnerOnly);
        try
        {
            var path = Path.Combine(folder, file);
            File.WriteAllBytes(path, content);
            NativeLibrary.Load(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
