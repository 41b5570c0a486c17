using System.Globalization;
using System.Text;
using DistributedFreeze.Data.Archives;
using DistributedFreeze.Data.Manifests;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Names of the classes that labels of an archive count, from 0.</summary>
/// <param name="names">The names; none where numbers stand for themselves.</param>
/// <param name="source">Where they stand, for errors.</param>
internal sealed class ClassList(IReadOnlyList<string> names, string source)
{
    private const int MostBytes = 4 << 20;

    private static readonly string[] Files = ["classnames.txt", "classes.txt"];

    /// <summary>The list that lies beside an archive, or in the data folder.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="root">The data folder.</param>
    /// <exception cref="InvalidInputException">It cannot be read, or names a class twice.</exception>
    public static ClassList Beside(ArchiveFile file, string root) =>
        new[] { Path.GetDirectoryName(file.Path)!, root }.SelectMany(folder => Files.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists) is { } found
            ? new(Read(found), Path.GetFileName(found))
            : new([], "");

    /// <summary>The class that a label means.</summary>
    /// <param name="label">The label.</param>
    /// <param name="problem">Why it means none.</param>
    /// <returns>Null where it means none.</returns>
    public string? ClassOf(ArchivedLabel label, out string? problem)
    {
        problem = null;
        if (names.Count == 0 || label.Number is not { } number)
        {
            return label.Text;
        }

        if (number >= 0 && number < names.Count)
        {
            return names[(int)number];
        }

        problem = string.Create(CultureInfo.InvariantCulture, $"says class {number}, but {source} names {names.Count:N0} classes: 0 to {names.Count - 1:N0}");
        return null;
    }

    private static List<string> Read(string path)
    {
        List<string> names = [];
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        try
        {
            using var text = ManifestText.Open(path);
            if (text.BaseStream.Length > MostBytes)
            {
                throw new InvalidInputException(path, string.Create(CultureInfo.InvariantCulture, $"has {text.BaseStream.Length:N0} bytes, more than the {MostBytes:N0} that are read of a list of classes"));
            }

            while (text.ReadLine()?.Trim() is { } name)
            {
                names.Add(name);
                if (name.Length > 0 && !ArchiveContents.IsClass(name))
                {
                    throw new InvalidInputException($"{path}:{names.Count}", $"names no class; {ArchiveContents.RightClass}");
                }

                if (name.Length > 0 && !lines.TryAdd(name, names.Count))
                {
                    throw new InvalidInputException($"{path}:{names.Count}", $"names '{name}' again, after line {lines[name]}; numbers of different classes have different names");
                }
            }
        }
        catch (Exception bad) when (bad is IOException or DecoderFallbackException)
        {
            throw new InvalidInputException(path, ManifestText.Why(bad));
        }

        while (names is [.., ""])
        {
            names.RemoveAt(names.Count - 1);
        }

        return names.IndexOf("") is >= 0 and var empty ? throw new InvalidInputException($"{path}:{empty + 1}", "is empty: line by line it names the classes of the numbers 0, 1, 2 and so on") : names;
    }
}
