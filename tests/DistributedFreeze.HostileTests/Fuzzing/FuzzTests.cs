namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>Every reader, with a number of inputs that takes some seconds; <see cref="FuzzCommand"/> tries more.</summary>
[Slow]
public sealed class FuzzTests : IDisposable
{
    private const int Seed = 20_26;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. FuzzTargets.Names];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryInput_EndsWellOrIsRefused_SoonAndInLittleMemory(string name)
    {
        var target = FuzzTargets.Of(name, _folder.Path);

        var report = new Fuzzer(target, Seed, Path.Combine(Path.GetTempPath(), "dfreeze-fuzz-kept")).Run(target.Inputs, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(report.ToString());
        Assert.Empty(report.Findings);
        Assert.Equal(target.Inputs, report.Inputs);
        if (!target.NeverThrows)
        {
            // Less would mean that the inputs don't reach the reader, or hardly touch it.
            Assert.True(report.Outcomes >= 3 && report.Refused > report.Inputs / 20, report.ToString());
        }
    }
}
