using System.Diagnostics;
using System.Globalization;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>What a store keeps, and whether it goes on, where a process is killed, a disk is full or a file is damaged.</summary>
internal static class FaultTrial
{
    /// <summary>Kills a process that fills a store, after each number of records.</summary>
    public static string Kill(string engine, string parent, TrialRecords records)
    {
        var (told, kept, goesOn) = (0, 0, 0);
        int[] moments = [1, 50, 400, 1_000, 3_000];
        foreach (var moment in moments)
        {
            using var folder = new TrialFolder(parent);
            using (var process = StorageProcess.Start(engine, folder.Path, records))
            {
                process.Tell("fill-telling");
                var last = -1;
                while (last < moment && process.Hear() is { } line)
                {
                    last = int.Parse(line, CultureInfo.InvariantCulture);
                }

                process.Kill();
                while (process.Hear() is { } line)
                {
                    last = int.TryParse(line, CultureInfo.InvariantCulture, out var number) ? Math.Max(last, number) : last;
                }

                process.WaitForExit();
                told += last + 1;
                using var store = Engines.Open(engine, folder.Path, records.Elements);
                kept += Enumerable.Range(0, last + 1).Count(number => records.Read(store, number, whole: true));
                goesOn += records.Write(store, records.Count - 1) && records.Read(store, records.Count - 1, whole: true) ? 1 : 0;
            }
        }

        return $"{kept} of {told} records kept; {goesOn} of {moments.Length} stores go on";
    }

    /// <summary>Fills a small disk of its own; takes the right to mount one.</summary>
    public static string FullDisk(string engine, string parent, TrialRecords records)
    {
        using var folder = new TrialFolder(parent);
        if (Shell($"mount -t tmpfs -o size=64m tmpfs {folder.Path}") != 0)
        {
            return "not tried: no right to mount a small disk";
        }

        try
        {
            var written = 0;
            var refused = "";
            try
            {
                using var store = Engines.Open(engine, folder.Path, records.Elements);
                while (written < records.Count && records.Write(store, written))
                {
                    written++;
                }
            }
            catch (Exception error)
            {
                refused = $"; {error.GetType().Name}";
            }

            using var again = Engines.Open(engine, folder.Path, records.Elements);
            var kept = Enumerable.Range(0, written).Count(number => records.Read(again, number, whole: true));
            return $"{kept} of {written} records kept{refused}";
        }
        finally
        {
            Shell($"umount {folder.Path}");
        }
    }

    /// <summary>Damages the largest file while a process has the store open, which then reads all.</summary>
    public static string Damage(string engine, string parent, TrialRecords records, Action<string> damage)
    {
        using var folder = new TrialFolder(parent);
        using (var store = Engines.Open(engine, folder.Path, records.Elements))
        {
            for (var number = 0; number < records.Count; number++)
            {
                records.Write(store, number);
            }
        }

        using var process = StorageProcess.Start(engine, folder.Path, records);
        damage(new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(file => file.Length)!.FullName);
        process.Tell("read");
        return process.Hear() is { } found ? $"{found} of {records.Count} records served, none wrong" : $"the process ended with {process.WaitForExit()}";
    }

    /// <summary>Turns a bit in every 256 KiB.</summary>
    public static void FlipBits(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        for (var at = 100_000L; at < RandomAccess.GetLength(file); at += 1 << 18)
        {
            if (RandomAccess.Read(file, one, at) == 1)
            {
                one[0] ^= 4;
                RandomAccess.Write(file, one, at);
            }
        }
    }

    /// <summary>Cuts a file to its first half.</summary>
    public static void CutInHalf(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, RandomAccess.GetLength(file) / 2);
    }

    private static int Shell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"{command} 2> /dev/null"]))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>A folder that goes with its trial.</summary>
    private sealed class TrialFolder(string parent) : IDisposable
    {
        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(parent, System.IO.Path.GetRandomFileName())).FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
