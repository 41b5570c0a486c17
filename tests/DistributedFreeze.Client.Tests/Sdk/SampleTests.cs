using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Client.Tests.Remote;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Sdk;

public sealed class SampleTests : IDisposable
{
    private readonly DrawnImages _images = new();

    [Theory]
    [InlineData("Sample.cs")]
    [InlineData("ModelSample.cs")]
    public void TheDocs_ShowTheSamplesAsTheyAreCompiled(string file)
    {
        var lines = File.ReadAllLines(Path.Combine(ReadmeTests.Root(), "tests", "DistributedFreeze.Client.Tests", "Sdk", file))
            .SkipWhile(line => !line.EndsWith("// sample", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.EndsWith("// end of sample", StringComparison.Ordinal))
            .Select(line => line.Length == 0 ? line : line["        ".Length..]);

        Assert.Contains(string.Join('\n', lines) + '\n', ReadmeTests.Blocks("csharp"));
    }

    [Fact]
    public async Task TheSample_Works()
    {
        await using var silo = await SiloProcess.StartAsync();
        var spec = new RunSpec
        {
            Data = new() { Path = _images.Path, ImageSize = 40 },
            BatchSize = 8,
            Shards = 4,
            Output = _images.In("out"),
            Phases = [new() { Epochs = 1 }],
        };

        await Sample.RunAsync(silo.Gateway, spec, _images.In("."));

        Assert.Equal(File.ReadAllBytes(_images.In("out/model.safetensors")), File.ReadAllBytes(_images.In("model.safetensors")));
    }

    public void Dispose() => _images.Dispose();
}
