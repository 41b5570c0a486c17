using System.Diagnostics;
using System.Globalization;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>A command whose process dies of a crash or a kill: its watcher has the last word.</summary>
[Slow(seconds: 90)]
public sealed class WatchedCommandTests : IDisposable
{
    private const int Epochs = 200;

    // Layers that train are computed in every step, so that the run lasts.
    private static readonly string[] Slow = ["--unfreeze-layers", "10", "--replicas", "1"];

    private readonly DrawnImages _images = new();

    [Theory]
    [InlineData("KILL", 137, "SIGKILL", "a smaller batch")]
    [InlineData("SEGV", 139, "SIGSEGV", "ONEDNN_MAX_CPU_ISA=AVX")]
    [InlineData("FPE", 136, "SIGFPE", "ONEDNN_MAX_CPU_ISA=AVX")]
    public async Task AProcessThatDies_IsSpokenForAtOnce(string signal, int expected, string name, string advice)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals have these numbers on Linux.");
        using var command = Start();
        await command.SaysAsync("epoch 1/");
        await KillAsync(ChildOf(command.Id), signal);
        var (exitCode, output, error) = await command.EndAsync();

        Assert.Equal((expected, ""), (exitCode, output));
        var lines = error.Split(System.Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[^3..];
        Assert.StartsWith($"error: the process died of {name}: ", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(
            $", while it trained phase 1/1, conv5_block3_1_conv to conv5_block3_3_bn (6 layers) and the head, run in {_images.In("out")}", lines[0], StringComparison.Ordinal);
        Assert.Contains(advice, lines[1], StringComparison.Ordinal);
        Assert.Equal($"go on with: dfreeze train --resume {_images.In("out")}", lines[2]);
        Assert.Empty(new TrainingMarks(_images.In("cache/training")).TakeOfDead());
    }

    [Fact]
    public async Task WhereTheWatcherIsKilled_TheCommandEndsWithIt_AndTheNextOneTellsOfIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var command = Start();
        await command.SaysAsync("epoch 1/");
        await command.SignalAsync("KILL");
        await command.EndAsync(); // its error output ends with the last process that writes to it

        var (exitCode, _, error) = await DfreezeProcess.RunAsync(Environment(), _images.Train("next", 1));

        Assert.True(exitCode == 0, error);
        Assert.Contains("warning: A process on this machine died without a word while it trained phase 1/1, conv5_block3_1_conv", error, StringComparison.Ordinal);
        Assert.Contains($" in {_images.In("out")}. Either it was killed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARequestThatReachesBoth_CountsOnce()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var command = Start();
        await command.SaysAsync("epoch 1/");
        await KillAsync(ChildOf(command.Id), "TERM", times: 1); // and its watcher, as systemd does
        await command.SignalAsync("TERM");
        var (exitCode, _, error) = await command.EndAsync();

        Assert.True(exitCode == 130, error);
        Assert.True(File.Exists(_images.In("out/checkpoint.safetensors")), error);
    }

    [Fact]
    public async Task WhoeverAsksTwice_IsObeyedAtOnceAndWithoutAWord()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        using var command = Start();
        await command.SaysAsync("epoch 1/");
        await command.SignalAsync("TERM");
        await command.SignalAsync("TERM");
        var (exitCode, _, error) = await command.EndAsync();

        Assert.Equal(130, exitCode);
        Assert.DoesNotContain("error:", error, StringComparison.Ordinal);
        Assert.Empty(new TrainingMarks(_images.In("cache/training")).TakeOfDead());
    }

    [Fact]
    public async Task WhoeverWantsOneProcess_HasOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are looked up in /proc.");
        using var command = Start(("DFREEZE_WATCH", "0"));
        await command.SaysAsync("epoch 1/");

        Assert.Empty(Children(command.Id));
    }

    public void Dispose() => _images.Dispose();

    private DfreezeProcess Start(params ReadOnlySpan<(string Name, string Value)> more) =>
        DfreezeProcess.Start(AppContext.BaseDirectory, Environment(more), _images.Train("out", Epochs, Slow));

    /// <summary>A cache of one's own: marks lie there, and other tests leave some, too.</summary>
    private Dictionary<string, string> Environment(params ReadOnlySpan<(string Name, string Value)> more)
    {
        var variables = new Dictionary<string, string> { [FeatureDirectory.Variable] = _images.In("cache") };
        foreach (var (name, value) in more)
        {
            variables[name] = value;
        }

        return variables;
    }

    private static int ChildOf(int process) => Assert.Single(Children(process));

    private static IEnumerable<int> Children(int process) =>
        from task in Directory.EnumerateDirectories($"/proc/{process}/task")
        from child in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select int.Parse(child, CultureInfo.InvariantCulture);

    /// <summary>.NET takes the first of the signals that faults raise for one of its own, unless an instruction raised it: the second ends the process.</summary>
    private static async Task KillAsync(int process, string signal, int times = 2)
    {
        for (var i = 0; i < times; i++)
        {
            while (HasPendingSignal(process)) // two that wait at a time are one
            {
                await Task.Yield();
            }

            using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process} 2>/dev/null || true"]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    private static bool HasPendingSignal(int process)
    {
        try
        {
            var pending = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("ShdPnd:", StringComparison.Ordinal));
            return pending.AsSpan("ShdPnd:".Length).ContainsAnyExcept(" \t0");
        }
        catch (IOException)
        {
            return false; // it has died
        }
    }
}
