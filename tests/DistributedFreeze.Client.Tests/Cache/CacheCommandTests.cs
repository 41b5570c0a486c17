using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Cache;

public sealed class CacheCommandTests : IDisposable
{
    private const int Elements = 16;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ls_ShowsEverySetAndTheTotal()
    {
        Fill("conv5_block3_out", 3);
        Fill("avg_pool", 1);

        var run = await CommandRun.OfAsync("cache", "ls", "--directory", _folder.Path);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches("conv5_block3_out +fp16 +224 +3 +8\\.\\d kB", run.Output);
        Assert.Matches("avg_pool +fp16 +224 +1 ", run.Output);
        Assert.Contains("2 sets, 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("20G (21.5 GB)", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LsJson_IsOneObject()
    {
        Fill("avg_pool", 2);

        var run = await CommandRun.OfAsync("cache", "ls", "--directory", _folder.Path, "--json");

        using var document = JsonDocument.Parse(run.Output);
        var set = Assert.Single(document.RootElement.GetProperty("sets").EnumerateArray());
        Assert.Equal((2, "fp16", "avg_pool"), (set.GetProperty("images").GetInt32(), set.GetProperty("type").GetString(), set.GetProperty("parts").GetProperty("boundary").GetString()));
        Assert.Equal(document.RootElement.GetProperty("totalBytes").GetInt64(), set.GetProperty("bytes").GetInt64());
    }

    [Fact]
    public async Task Verify_EndsWith1AndNamesTheFileWhereOneIsDamaged()
    {
        Fill("avg_pool", 2);
        var whole = await CommandRun.OfAsync("cache", "verify", "--directory", _folder.Path);
        var file = Assert.Single(Directory.GetFiles(_folder.Path, "*.features", SearchOption.AllDirectories));
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);

        var damaged = await CommandRun.OfAsync("cache", "verify", "--directory", _folder.Path);

        Assert.Equal((0, ""), (whole.ExitCode, whole.Error));
        Assert.Equal((1, ""), (damaged.ExitCode, damaged.Error));
        Assert.Contains($"damaged: {file}: 1 of 2 records", damaged.Output, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Prune_RemovesTheLeastRecentlyUsedUntilLittleEnoughIsLeft()
    {
        Fill("old", 1, daysAgo: 9);
        Fill("young", 1, daysAgo: 1);

        var run = await CommandRun.OfAsync("cache", "prune", "--directory", _folder.Path, "--to", "10K");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("(old, 1 images): 8.", run.Output, StringComparison.Ordinal);
        Assert.Contains("freed 8.", run.Output, StringComparison.Ordinal);
        Assert.Equal(["young"], Boundaries());
    }

    [Fact]
    public async Task Prune_RemovesWhatIsOlder()
    {
        Fill("old", 1, daysAgo: 9);
        Fill("young", 1, daysAgo: 1);

        await CommandRun.OfAsync("cache", "prune", "--directory", _folder.Path, "--older-than", "5");

        Assert.Equal(["young"], Boundaries());
    }

    [Fact]
    public async Task Prune_KeepsWhatIsInUse()
    {
        Fill("idle", 1);
        using var store = new FeatureStore(new() { Directory = _folder.Path });
        using var used = store.Open(Key("used"), Elements, FeatureType.Fp16);
        used.Write(Image(0), new float[Elements]);

        var run = await CommandRun.OfAsync("cache", "prune", "--directory", _folder.Path, "--all");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("(used, 1 images): it is in use", run.Output, StringComparison.Ordinal);
        Assert.Equal(["used"], Boundaries());
    }

    [Theory]
    [InlineData("prune", "prune")]
    [InlineData("prune --all --to 5G", "prune")]
    [InlineData("prune --to much", "--to")]
    [InlineData("prune --older-than -1", "--older-than")]
    [InlineData("ls --directory nowhere", "--directory")]
    [InlineData("verify --directory nowhere", "--directory")]
    [InlineData("ls --jsno", "--jsno")]
    [InlineData("", "cache")]
    public async Task BadInput_EndsWith2AndNamesTheOption(string line, string option)
    {
        Fill("kept", 1);
        var folder = line.Contains("--directory", StringComparison.Ordinal) || line.Length == 0 ? Array.Empty<string>() : ["--directory", _folder.Path];

        var run = await CommandRun.OfAsync(["cache", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), .. folder]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"error: {option}: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(["kept"], Boundaries());
    }

    private void Fill(string boundary, int images, int daysAgo = 0)
    {
        using var store = new FeatureStore(new() { Directory = _folder.Path }, new Past(daysAgo));
        using var set = store.Open(Key(boundary), Elements, FeatureType.Fp16);
        for (var image = 0; image < images; image++)
        {
            Assert.True(set.Write(Image(image), new float[Elements]));
        }
    }

    private static FeatureSetKey Key(string boundary) => FeatureSetKey.Of([new("boundary", boundary), new("imageSize", "224")]);

    private static ImageHash Image(int number) => new(SHA256.HashData(BitConverter.GetBytes(number)));

    private IEnumerable<string> Boundaries() => new FeatureDirectory(_folder.Path).List().Select(set => set.Parts["boundary"]);

    private sealed class Past(int daysAgo) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromDays(daysAgo);
    }
}
