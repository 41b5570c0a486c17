using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Marks;

public sealed class DeathWordsTests
{
    private static readonly RunSpec Spec = new()
    {
        Data = new() { Path = "images" },
        Output = "out",
        Phases = [new(), new() { Freeze = new FreezePolicy.FromStage("conv5") }, new() { Freeze = new FreezePolicy.LastLayers(3) }],
    };

    [Theory]
    [InlineData(0, "phase 1/3, the head")]
    [InlineData(1, "phase 2/3, conv5_block1_1_conv to conv5_block3_3_bn (20 layers) and the head")]
    [InlineData(2, "phase 3/3, conv5_block3_3_bn and the head")]
    public void APhase_IsNamedByItsLayers(int phase, string expected) => Assert.Equal(expected, DeathWords.PhaseOf(Spec, phase));

    [Theory]
    [InlineData(8, "SIGFPE: ", "ONEDNN_MAX_CPU_ISA=AVX")]
    [InlineData(11, "SIGSEGV: ", "ONEDNN_MAX_CPU_ISA=AVX")]
    [InlineData(9, "SIGKILL: ", "a smaller batch")]
    [InlineData(6, "SIGABRT: ", "a smaller batch")]
    public void ASilentSignal_HasItsNameAndAdvice(int signal, string cause, string advice)
    {
        Assert.True(DeathWords.IsSilent(signal));
        Assert.StartsWith(cause, DeathWords.Cause(signal), StringComparison.Ordinal);
        Assert.Contains(advice, DeathWords.Advice(signal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(13)]
    [InlineData(15)]
    public void ASignalThatSomebodyAskedFor_NeedsNoWords(int signal) => Assert.False(DeathWords.IsSilent(signal));

    [Fact]
    public void TheDevicesOfARun_StandOnOneLine()
    {
        TrainingMark mark = new("roses", "/runs/roses", "cpu:1", "trained phase 1/1, the head");

        var lines = DeathWords.Of([mark, mark with { Device = "cpu:0" }, mark with { RunId = "bees" }]).ToList();

        Assert.Equal(2, lines.Count);
        Assert.Contains("while it trained phase 1/1, the head, on cpu:0, cpu:1, run roses in /runs/roses.", lines[0], StringComparison.Ordinal);
        Assert.Contains(", on cpu:1, run bees", lines[1], StringComparison.Ordinal);
    }
}
