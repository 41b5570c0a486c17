namespace DistributedFreeze.TestKit;

/// <summary>A folder that goes with its test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("dfreeze-test-").FullName;

    /// <summary>Path of a file or folder in it, which need not be there.</summary>
    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file, and the folders above it.</summary>
    /// <returns>Its path.</returns>
    public string Write(string file, string text)
    {
        var path = In(file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Copies a folder into this one.</summary>
    /// <returns>Path of the copy.</returns>
    public string Copy(string folder)
    {
        var copy = In(System.IO.Path.GetFileName(folder));
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
