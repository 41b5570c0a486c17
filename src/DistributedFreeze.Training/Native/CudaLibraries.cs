using System.Runtime.InteropServices;

namespace DistributedFreeze.Training.Native;

/// <summary>CUDA's libraries for a libtorch that was built for it, where they lie in folders in which the loader would not look.</summary>
/// <remarks>
/// The search path of the loader (<c>LD_LIBRARY_PATH</c>) is read once, when the process starts. But what is loaded already is taken by its name, wherever it
/// came from. So those that are needed are loaded here first, each after those that it needs itself.
/// </remarks>
internal static class CudaLibraries
{
    /// <summary>Loads what some libraries need. One that does not load is left out: the loader names it when the library that needs it is loaded.</summary>
    /// <param name="libraries">Paths of the libraries that need them.</param>
    /// <param name="folders">Where to look.</param>
    public static void Preload(IEnumerable<string> libraries, IReadOnlyCollection<string> folders)
    {
        foreach (var path in InOrder(libraries, folders))
        {
            NativeLibrary.TryLoad(path, out _);
        }
    }

    /// <summary>Paths of what is needed, directly or not, and lies in the folders: each after what it needs.</summary>
    internal static IReadOnlyList<string> InOrder(IEnumerable<string> libraries, IReadOnlyCollection<string> folders)
    {
        var order = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var library in libraries)
        {
            Visit(library);
        }

        return order;

        void Visit(string path)
        {
            foreach (var needed in NeededBy(path).Where(seen.Add).Select(Find).OfType<string>())
            {
                Visit(needed);
                order.Add(needed);
            }
        }

        string? Find(string name) => folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static IReadOnlyList<string> NeededBy(string path)
    {
        try
        {
            using var library = new ElfSymbols(path);
            return library.Needed();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return []; // whoever loads it hears of it
        }
    }
}
