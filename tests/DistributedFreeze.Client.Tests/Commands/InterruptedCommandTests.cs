namespace DistributedFreeze.Client.Tests.Commands;

[Slow]
public sealed class InterruptedCommandTests : IDisposable
{
    private const int Epochs = 8;

    // Layers that train are computed in every step: kept features would end the run before anyone can press a key.
    private static readonly string[] Slow = ["--unfreeze-layers", "10", "--replicas", "2"];

    private readonly DrawnImages _images = new();

    [Theory]
    [InlineData("INT")] // Ctrl-C
    [InlineData("TERM")]
    public async Task ASignal_LeavesACheckpointFromWhichTheRunGoesOnToTheSameModel(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(), "This process was started to ignore SIGINT, as by & in a script, and so are those that it starts.");
        using var command = DfreezeProcess.Start(AppContext.BaseDirectory, [], _images.Train("out", Epochs, Slow));
        await command.SaysAsync("phase 1/1: ");
        await command.SignalAsync(signal);
        var (exitCode, output, error) = await command.EndAsync();

        Assert.Equal((130, ""), (exitCode, output));
        Assert.EndsWith(
            $"interrupted; go on with: dfreeze train --resume {_images.In("out")}{Environment.NewLine}", error, StringComparison.Ordinal);
        Assert.Contains("stopping after this step", error, StringComparison.Ordinal);
        Assert.DoesNotContain("error:", error, StringComparison.Ordinal);
        Assert.True(File.Exists(_images.In("out/checkpoint.safetensors")));

        var resumed = await CommandRun.EmbeddedAsync("train", "--resume", _images.In("out"), "--replicas", "1");
        var undisturbed = await CommandRun.EmbeddedAsync(_images.Train("undisturbed", Epochs, Slow));

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.True(undisturbed.ExitCode == 0, undisturbed.Error);
        Assert.Equal(_images.Receipt("undisturbed").ModelSha256, _images.Receipt("out").ModelSha256);
        Assert.Equal(_images.Receipt("undisturbed").TrainLoss, _images.Receipt("out").TrainLoss);
        Assert.False(File.Exists(_images.In("out/checkpoint.safetensors")));
    }

    public void Dispose() => _images.Dispose();

    /// <summary>Bit 1 of the mask is SIGINT: proc(5).</summary>
    private static bool IgnoresInterrupts() =>
        File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToUInt64(line.Split('\t')[1], 16) & 2) != 0;
}
