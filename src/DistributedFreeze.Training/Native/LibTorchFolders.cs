using System.Collections.Immutable;

namespace DistributedFreeze.Training.Native;

/// <summary>Where the files of libtorch are looked for.</summary>
/// <param name="Folders">Absolute folders, the first one that holds a file wins.</param>
/// <param name="Remedy">What would be right where a file is missing or broken.</param>
/// <remarks>Immutable; it reads the file system anew at each call.</remarks>
internal sealed record LibTorchFolders(ImmutableArray<string> Folders, string Remedy = LibTorchFolders.PackageRemedy)
{
    /// <summary>
    /// The folders where .NET itself looks for this process's native libraries (the host property
    /// <c>NATIVE_DLL_SEARCH_DIRECTORIES</c>), then the program's folder, then its <c>runtimes/linux-x64/native</c>.
    /// </summary>
    public static LibTorchFolders OfThisProcess()
    {
        var searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        var folders = searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"))
            .Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            .Distinct(StringComparer.Ordinal);
        return new([.. folders]);
    }

    /// <summary>Finds one file, whole as far as its own headers tell.</summary>
    /// <param name="file">File name, such as <c>libtorch_cpu.so</c>.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="LibTorchException">No folder holds the file, or it cannot be read, is cut short or is no library for Linux x64.</exception>
    public string Find(string file)
    {
        var path = Folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists)
            ?? throw new LibTorchException(
                $"{file} is missing; looked in {string.Join(", ", Folders)}. {Remedy}");
        try
        {
            ElfFile.CheckWhole(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new LibTorchException($"{path} is broken: {e.Message} {Remedy}", e);
        }

        return path;
    }

    internal const string PackageRemedy =
        "The program that runs needs the package TorchSharp-cpu (or TorchSharp-cuda-linux) in the version of TorchSharp; build or publish it again, "
        + $"or name a libtorch of your own by {LibTorch.Variable}.";
}
