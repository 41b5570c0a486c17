namespace DistributedFreeze.Client.Tests.Commands;

public sealed class InterruptedCommandTests : IDisposable
{
    private const int Epochs = 30;

    // Layers that train are computed in every step: kept features would end the run before anyone can press a key.
    private static readonly string[] Slow = ["--unfreeze-layers", "10", "--replicas", "2"];

    private readonly DrawnImages _images = new();

    [Fact]
    public async Task CtrlC_LeavesACheckpointFromWhichTheRunGoesOnToTheSameModel()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It presses Ctrl-C by SIGINT.");
        using var command = DfreezeProcess.Start(AppContext.BaseDirectory, [], _images.Train("out", Epochs, Slow));
        await command.SaysAsync("phase 1/1: ");
        await command.InterruptAsync();
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
}
