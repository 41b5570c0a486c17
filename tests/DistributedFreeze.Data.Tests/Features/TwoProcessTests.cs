using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Features;

/// <summary>Real processes on one folder: this test program itself, told to run one of the explicit tests below and nothing else.</summary>
[Slow]
public sealed class TwoProcessTests : IDisposable
{
    private const int Images = 500;
    private const string FolderVariable = "DFREEZE_TEST_FOLDER";
    private const string NameVariable = "DFREEZE_TEST_NAME";
    private const string Ready = "ready and waiting";
    private readonly TemporaryFolder _folder = new();

    private string Cache => _folder.In("cache");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoProcesses_ComputeEachImageOnceAndReadThemAll()
    {
        using var first = Start(nameof(Child_FillsTheSet), "1");
        using var second = Start(nameof(Child_FillsTheSet), "2");
        WaitUntilReady(first);
        WaitUntilReady(second);
        first.StandardInput.WriteLine("go");
        second.StandardInput.WriteLine("go");

        Assert.Equal((0, 0), (End(first), End(second)));
        var shares = new[] { Computed("1"), Computed("2") };
        Assert.Equal(Enumerable.Range(0, Images), shares.SelectMany(share => share).Order());
        Assert.All(shares, share => Assert.NotEmpty(share));
        using var store = SmallSet.Store(Cache);
        using var set = store.Open();
        Assert.Equal(Images, set.Read(Images + 1).Length);
    }

    [Fact]
    public void AKilledProcess_LetsGoOfWhatItClaimed()
    {
        using var store = SmallSet.Store(Cache);
        using var set = store.Open();
        using var child = Start(nameof(Child_ClaimsAndWaits), "1");
        WaitUntilReady(child);
        Assert.Equal(Enumerable.Range(0, 10), set.Read(Images));
        Assert.All(Enumerable.Range(10, 10), number => Assert.Null(set.TryClaim(SmallSet.Image(number))));
        using (var removal = SmallSet.Store(Cache, disk: 1))
        using (var other = removal.Open("other"))
        {
            Assert.False(other.Write(0));
        }

        child.Kill();
        child.WaitForExit();

        var computed = new List<int>();
        set.FillTogether(Images, seed: 1, computed.Add);
        Assert.Equal(Enumerable.Range(10, Images - 10), computed.Order());
        Assert.Equal(Images, set.Read(Images).Length);
        SmallSet.Segment(Cache); // the one that the killed process had begun
    }

    [Fact]
    public void AFullDisk_EndsWritingAndNothingElse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It mounts a small disk of its own.");
        using var attempt = Process.Start("/bin/sh", ["-c", "unshare -rm mount -t tmpfs none /mnt 2>/dev/null"]);
        attempt.WaitForExit();
        Assert.SkipUnless(attempt.ExitCode == 0, "It may not mount a disk here.");
        Directory.CreateDirectory(Cache);
        using var child = Start(nameof(Child_RunsOutOfDisk), "1", ["unshare", "-rm", "sh", "-c", $"mount -t tmpfs -o size=100k none '{Cache}' && exec \"$@\"", "sh"]);

        Assert.Equal(0, End(child));
        Assert.Contains("No space left", File.ReadAllText(_folder.In("1")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void AFileThatMayNotGrow_EndsWritingAndNothingElse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It limits the size of files as Linux does.");
        using var child = Start(nameof(Child_MayWriteLittle), "1");

        Assert.Equal(0, End(child));
        Assert.Contains("too large", File.ReadAllText(_folder.In("1")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact(Explicit = true)]
    public void Child_FillsTheSet()
    {
        using var store = SmallSet.Store(ChildIn("cache"));
        using var set = store.Open();
        Report();
        Console.In.ReadLine();
        using (var computed = new StreamWriter(ChildIn(Name)))
        {
            set.FillTogether(Images, Name[0], number => computed.WriteLine(number));
        }

        Assert.Equal(Images, set.Read(Images).Length);
    }

    [Fact(Explicit = true)]
    public void Child_ClaimsAndWaits()
    {
        using var store = SmallSet.Store(ChildIn("cache"));
        using var set = store.Open();
        var claims = new List<IDisposable?>();
        for (var number = 0; number < 20; number++)
        {
            claims.Add(set.TryClaim(SmallSet.Image(number)));
            if (number < 10)
            {
                set.Write(number);
            }
        }

        Report();
        Console.In.ReadLine(); // for ever: the parent kills
        GC.KeepAlive(claims);
    }

    [Fact(Explicit = true)]
    public void Child_RunsOutOfDisk()
    {
        using var store = SmallSet.Store(ChildIn("cache"), memory: 10 << 10);
        using var set = store.Open();
        var kept = Enumerable.Range(0, Images).Count(number => set.Write(number));

        Assert.InRange(kept, 150, Images - 1);
        Assert.Equal(kept, set.Read(Images).Length);
        using var another = store.Open("another");
        Assert.False(another.Write(0));
        File.WriteAllText(ChildIn(Name), store.DiskProblem);
    }

    [Fact(Explicit = true)]
    public void Child_MayWriteLittle()
    {
        const int IgnoreSignal = 1;
        const int TooLargeSignal = 25;
        const int FileSizeLimit = 1;
        Assert.NotEqual(-1, SetSignal(TooLargeSignal, IgnoreSignal));
        Assert.Equal(0, SetLimit(FileSizeLimit, [64 << 10, 64 << 10]));

        Child_RunsOutOfDisk();
    }

    [DllImport("libc", EntryPoint = "setrlimit")]
    private static extern int SetLimit(int resource, long[] limits);

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetSignal(int signal, nint handler);

    private static string Name => Environment.GetEnvironmentVariable(NameVariable)!;

    private static string ChildIn(string name) => Path.Combine(Environment.GetEnvironmentVariable(FolderVariable)!, name);

    private static void Report()
    {
        // Not through the runner's own console, which may keep it until the end.
        using var output = new StreamWriter(Console.OpenStandardOutput());
        output.WriteLine(Ready);
    }

    private Process Start(string test, string name, params string[] prefix)
    {
        string[] command = [.. prefix, Environment.ProcessPath!, "-method", $"{typeof(TwoProcessTests).FullName}.{test}", "-explicit", "only"];
        return Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [FolderVariable] = _folder.Path, [NameVariable] = name },
        })!;
    }

    private static void WaitUntilReady(Process child)
    {
        var said = new List<string>();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            said.Add(line);
            if (line.Contains(Ready, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail(string.Join('\n', said));
    }

    private static int End(Process child)
    {
        var said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(said.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", StringComparison.Ordinal), said);
        return child.ExitCode;
    }

    private IEnumerable<int> Computed(string name) =>
        File.ReadLines(_folder.In(name)).Select(line => int.Parse(line, CultureInfo.InvariantCulture));
}
