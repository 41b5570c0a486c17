using DistributedFreeze.Cli.Train;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Progress;

public sealed class ProgressLineTests
{
    private static readonly RunEvent.WindowDone Window = new(1, 9, 3, 4, 12.3456, 1, 1234, TimeSpan.FromSeconds(4271));

    [Fact]
    public void At80Columns_ThereIsRoomForABarAndEveryNumber()
    {
        var usual = RunProgressText.Numbers(Window with { ImagesPerSecond = 57.04, Loss = 0.6845, Accuracy = 0.81, Remaining = TimeSpan.FromSeconds(50) });

        Assert.Equal(
            "epoch 10/12 #######-------  57.0 images/s  loss 0.6845  accuracy 81 %  ETA 0:50",
            ProgressLine.Of("epoch 10/12", 0.5, usual, 80, unicode: false));
        Assert.Equal("phase 2/2 epoch 10/12  1,230 images/s  loss 12.35  accuracy 100 %  ETA 1:11:11", Line(80));
    }

    [Fact]
    public void NoTerminal_IsTooNarrow() =>
        Assert.All(Enumerable.Range(1, 200), width => Assert.InRange(Line(width).Length, 0, Math.Max(0, width - 1)));

    [Fact]
    public void TheBar_GrowsWithTheRun()
    {
        Assert.Equal("a ----------  b", ProgressLine.Of("a", 0, "b", 16, unicode: false));
        Assert.Equal("a #####-----  b", ProgressLine.Of("a", 0.5, "b", 16, unicode: false));
        Assert.Equal("a ##########  b", ProgressLine.Of("a", 1, "b", 16, unicode: false));
        Assert.Equal("a \u2501\u2501\u2501\u2501\u2501\u2500\u2500\u2500\u2500\u2500  b", ProgressLine.Of("a", 0.5, "b", 16, unicode: true));
    }

    [Fact]
    public void WithoutAGround_ThereIsNoEta() =>
        Assert.EndsWith("ETA -", RunProgressText.Numbers(Window with { Remaining = null }), StringComparison.Ordinal);

    private static string Line(int width) => ProgressLine.Of("phase 2/2 epoch 10/12", 0.6, RunProgressText.Numbers(Window), width, unicode: false);
}
