using System.Diagnostics;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Marks;

[Slow]
public sealed class TrainingMarksTests : IDisposable
{
    private const string FolderOfChild = "DFREEZE_TEST_MARKS";
    private static readonly TrainingMark Mark = new("roses", "/runs/roses", "cpu:0", "trained phase 1/1, the head");

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void TheMarkOfAProcessThatLives_IsNotTaken()
    {
        var marks = new TrainingMarks(_folder.In("marks"));

        using (marks.Leave(Mark))
        {
            Assert.Single(Directory.EnumerateFiles(_folder.In("marks")));
            Assert.Empty(marks.TakeOfDead());
            Assert.Empty(marks.TakeOfDead(Environment.ProcessId));
        }

        Assert.Empty(Directory.EnumerateFiles(_folder.In("marks")));
    }

    [Fact]
    public async Task TheMarkOfAProcessThatDied_IsTakenOnce()
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["-method", $"{typeof(TrainingMarksTests).FullName}.{nameof(AProcessThatDies)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[FolderOfChild] = _folder.In("marks");
        using var child = Process.Start(start)!;
        await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        var marks = new TrainingMarks(_folder.In("marks"));

        Assert.Empty(marks.TakeOfDead(child.Id + 1));
        Assert.Equal(Mark, Assert.Single(marks.TakeOfDead(child.Id)));
        Assert.Empty(marks.TakeOfDead());
    }

    /// <summary>The child's part of the test above.</summary>
    [Fact(Explicit = true)]
    public void AProcessThatDies()
    {
        var folder = Environment.GetEnvironmentVariable(FolderOfChild);
        Assert.SkipWhen(folder is null, "Only in the child process of another test.");
        new TrainingMarks(folder).Leave(Mark);
        Process.GetCurrentProcess().Kill();
    }

    [Fact]
    public void AMarkThatIsHalfWritten_IsTakenAwayAndNotTold()
    {
        Directory.CreateDirectory(_folder.In("marks"));
        File.WriteAllText(_folder.In("marks/1.x.json"), "{\"RunId\":");

        Assert.Empty(new TrainingMarks(_folder.In("marks")).TakeOfDead());
        Assert.Empty(Directory.EnumerateFiles(_folder.In("marks")));
    }

    [Fact]
    public void WhereNoneCanBeLeft_ThereIsNone()
    {
        File.WriteAllText(_folder.In("file"), "");
        var marks = new TrainingMarks(_folder.In("file/marks"));

        Assert.Null(marks.Leave(Mark));
        Assert.Empty(marks.TakeOfDead());
    }

    [Fact]
    public async Task AReplica_HasAMarkWhileItTrains_AndNoneWhenItHasEnded()
    {
        using var runs = new SmallRuns();
        var spec = runs.TwoPhases("out");
        var trained = new List<string>();

        await LocalRun.RunAsync(spec, replicas: 1, onEvent: (_, happened) =>
        {
            if (happened is DistributedFreeze.Runs.RunEvent.EpochDone)
            {
                trained.AddRange(Written(spec.Output));
            }
        });

        Assert.Equal(
            ["trained phase 1/2, the head", "trained phase 1/2, the head", .. Enumerable.Repeat("trained phase 2/2, conv5_block3_3_conv to conv5_block3_3_bn (2 layers) and the head", 2)],
            trained);
        Assert.Empty(Written(spec.Output));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>What the marks of this process say, which nobody can open while they are held.</summary>
    private static IEnumerable<string> Written(string output) =>
        from path in Directory.EnumerateFiles(Path.Combine(FeatureDirectory.Default, TrainingMarks.FolderName))
        let text = ReadHeld(path)
        where text.Contains(output, StringComparison.Ordinal)
        select System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty(nameof(TrainingMark.Work)).GetString();

    private static string ReadHeld(string path)
    {
        using var cat = Process.Start(new ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true })!;
        return cat.StandardOutput.ReadToEnd();
    }
}
