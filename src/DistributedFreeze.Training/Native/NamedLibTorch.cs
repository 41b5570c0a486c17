using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Training.Native;

/// <summary>A libtorch that the user has: unpacked somewhere, or a Python installation's.</summary>
/// <param name="Folder">Full path of the folder with <c>libtorch_cpu.so</c>.</param>
/// <param name="NamedBy">The variable or setting that names it.</param>
/// <remarks>Immutable; it reads the file system anew at each call.</remarks>
internal sealed partial record NamedLibTorch(string Folder, string NamedBy)
{
    /// <summary>The version of libtorch that the bridge is built for, and the newest on which it was tried: both load, find their symbols and train.</summary>
    internal static readonly Version Oldest = new(2, 10), Newest = new(2, 11);

    private const string Library = "libtorch_cpu.so";

    /// <summary>What would be right to name.</summary>
    public string Remedy =>
        $"{NamedBy} has to name the folder of an unpacked libtorch {Oldest} or {Newest}, or torch/lib of a Python installation that has one; without it the program takes its own.";

    /// <summary>Finds the libraries below what was named: the folder itself, its <c>lib</c>, or <c>torch/lib</c> in it.</summary>
    /// <param name="path">What was named: an unpacked libtorch, or a Python installation's <c>torch/lib</c>, <c>torch</c> or <c>site-packages</c>.</param>
    /// <param name="namedBy">The variable or setting that names it, for errors.</param>
    /// <exception cref="LibTorchException">There is no libtorch.</exception>
    public static NamedLibTorch Find(string path, string namedBy)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string[] places = [full, Path.Combine(full, "lib"), Path.Combine(full, "torch", "lib")];
        var found = new NamedLibTorch(places.FirstOrDefault(place => File.Exists(Path.Combine(place, Library))) ?? full, namedBy);
        return File.Exists(Path.Combine(found.Folder, Library)) ? found : throw new LibTorchException(
            Directory.Exists(full)
                ? $"{namedBy} names '{path}', and there is no {Library} in {string.Join(", ", places)}. {found.Remedy}"
                : $"{namedBy} names '{path}', and there is no such folder. {found.Remedy}");
    }

    /// <summary>Its version and the file that says it; null where none does.</summary>
    public (string Version, string File)? Version =>
        Said("version.py", PythonVersion()) ?? Said("build-version", FirstWord());

    /// <summary>The folders of NVIDIA's own packages for Python beside it, which hold the CUDA libraries that it was built with.</summary>
    public ImmutableArray<string> CudaFolders
    {
        get
        {
            var nvidia = Path.GetFullPath(Path.Combine(Folder, "..", "..", "nvidia"));
            try
            {
                return Directory.Exists(nvidia)
                    ? [.. Directory.EnumerateDirectories(nvidia).Select(package => Path.Combine(package, "lib")).Where(Directory.Exists).Order(StringComparer.Ordinal)]
                    : [];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return []; // what is missing then says so when it is loaded
            }
        }
    }

    /// <summary>Checks that the bridge fits it, before anything of it is loaded: by its version, and by every symbol that the bridge looks for.</summary>
    /// <param name="bridge">Path of the bridge.</param>
    /// <exception cref="LibTorchException">It does not fit; the message names the file, what is wrong and what would be right.</exception>
    public void CheckFits(string bridge)
    {
        if (Version is var (version, file) && !IsTried(version))
        {
            throw new LibTorchException(
                $"{Folder} holds libtorch {version}, as {file} says; {Path.GetFileName(bridge)} of this program is built for {Oldest} and was tried on {Oldest} and {Newest}. {Remedy}");
        }

        var missing = Missing(bridge);
        if (missing.Count > 0)
        {
            throw new LibTorchException(
                $"{Path.Combine(Folder, Library)} is of another version than {Path.GetFileName(bridge)} of this program, which is built for {Oldest}: "
                + $"{missing.Count.ToString(CultureInfo.InvariantCulture)} symbols are missing in it, such as {missing[0]}. {Remedy}");
        }
    }

    /// <summary>Whether the bridge was tried on a version such as <c>2.11.0+cu130</c>.</summary>
    internal static bool IsTried(string version) =>
        MajorMinor().Match(version) is { Success: true } match
        && System.Version.TryParse(match.Value, out var found)
        && found >= Oldest && found <= Newest;

    /// <summary>The symbols that the bridge looks for in libtorch, and that are not there; none where they cannot be told.</summary>
    private List<string> Missing(string bridge)
    {
        var libraries = new List<ElfSymbols>();
        try
        {
            foreach (var path in LibTorch.Libraries.Select(name => Path.Combine(Folder, name)).Where(File.Exists))
            {
                libraries.Add(new(path));
            }

            using var looking = new ElfSymbols(bridge);
            return looking.HasTable && libraries.TrueForAll(library => library.HasTable)
                ? [.. looking.Missing().Where(name => !libraries.Exists(library => library.Has(name)))]
                : [];
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return []; // what is broken says so when it is loaded, by its name
        }
        finally
        {
            libraries.ForEach(library => library.Dispose());
        }
    }

    private (string Version, string File)? Said(string name, Regex pattern)
    {
        var file = Path.GetFullPath(Path.Combine(Folder, "..", name));
        try
        {
            return File.Exists(file) && pattern.Match(File.ReadAllText(file)) is { Success: true } match ? (match.Groups[1].Value, file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // its symbols tell, too
        }
    }

    [GeneratedRegex("""^__version__\s*=\s*['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();

    [GeneratedRegex(@"^\s*(\S+)")]
    private static partial Regex FirstWord();

    [GeneratedRegex(@"^\d+\.\d+")]
    private static partial Regex MajorMinor();
}
