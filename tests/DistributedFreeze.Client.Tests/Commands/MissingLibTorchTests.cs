namespace DistributedFreeze.Client.Tests.Commands;

[Slow]
public sealed class MissingLibTorchTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Fact]
    public async Task WithoutLibTorch_TrainSaysSoAndPlanWorks()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It leaves out a library of Linux.");
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        var folder = Directory.CreateDirectory(_images.In("built"));
        foreach (var file in built.EnumerateFiles().Where(file => file.Name != "libtorch_cpu.so"))
        {
            file.CopyTo(Path.Combine(folder.FullName, file.Name));
        }

        using var train = DfreezeProcess.Start(folder.FullName, [], _images.Train("out"));
        var (exitCode, output, error) = await train.EndAsync();
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("error: libtorch_cpu.so is missing", Assert.Single(error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_images.In("out")));

        using var plan = DfreezeProcess.Start(folder.FullName, [], "plan", "--classes", "4", "--json");
        Assert.Equal((0, ""), await plan.EndAsync() is var (code, _, errors) ? (code, errors) : default);
    }

    public void Dispose() => _images.Dispose();
}
