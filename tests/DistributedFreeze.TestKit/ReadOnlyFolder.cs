namespace DistributedFreeze.TestKit;

/// <summary>A folder of this machine that nobody can write into, root included.</summary>
public static class ReadOnlyFolder
{
    /// <returns>Null where nothing is mounted read-only.</returns>
    public static string? Find() => !OperatingSystem.IsLinux() ? null : File.ReadLines("/proc/mounts")
        .Select(line => line.Split(' '))
        .Where(mount => mount.Length > 3 && mount[3].Split(',').Contains("ro"))
        .Select(mount => mount[1])
        .FirstOrDefault(folder => Directory.Exists(folder));
}
