using System.Collections.Immutable;
using System.IO.Hashing;
using System.Security.Cryptography;
using DistributedFreeze.Client.Tests.Remote;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Artefacts;

public sealed class DownloadTests : IDisposable
{
    private const string Name = "model.safetensors";

    private readonly TemporaryFolder _folder = new();
    private readonly FolderOfOne _run = new(Content(length: (5 << 20) + 11));

    [Fact]
    public async Task AFile_ArrivesWholeAndInPartsOfOneMebibyte()
    {
        var artefact = await Client().DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken);

        Assert.Equal(_run.Content, await File.ReadAllBytesAsync(In(Name), TestContext.Current.CancellationToken));
        Assert.Equal(_run.Content.Length, artefact.Bytes);
        Assert.Equal([1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 11], _run.Parts);
        Assert.Equal([Name], Files());
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("/etc/x")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    public async Task ANameThatIsMoreThanAName_IsRefused(string offered)
    {
        _run.Offered = offered;

        var listed = await Assert.ThrowsAsync<InvalidInputException>(() => Client().ListArtefactsAsync("run", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<InvalidInputException>(() => Client().DownloadAsync("run", offered, In(Name), TestContext.Current.CancellationToken));

        Assert.Contains("must have a plain file name", listed.Message, StringComparison.Ordinal);
        Assert.Empty(Files());
    }

    [Fact]
    public async Task AnEmptyFile_Arrives()
    {
        var run = new FolderOfOne([]);

        await Client(run).DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken);

        Assert.Empty(await File.ReadAllBytesAsync(In(Name), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ABrokenConnection_LosesAndRepeatsNoByte()
    {
        _run.Before = part => part % 2 == 0 ? throw new TimeoutException() : part;
        using var target = new MemoryStream();

        await Client().DownloadAsync("run", Name, target, TestContext.Current.CancellationToken);

        Assert.Equal(_run.Content, target.ToArray());
    }

    [Fact]
    public async Task APartThatIsDamagedOnTheWay_IsAskedForAgain()
    {
        _run.Damage = part => part == 3;

        await Client().DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken);

        Assert.Equal(_run.Content, await File.ReadAllBytesAsync(In(Name), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task APartThatStaysDamaged_LeavesTheOldFileAlone()
    {
        _folder.Write(Name, "old");
        _run.Damage = part => part >= 3;

        var damaged = await Assert.ThrowsAsync<ArtefactDamagedException>(
            () => Client().DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken));

        Assert.Equal(Name, damaged.Artefact);
        Assert.Contains($"byte {2 << 20}", damaged.Message, StringComparison.Ordinal);
        Assert.Equal([Name], Files());
        Assert.Equal("old", await File.ReadAllTextAsync(In(Name), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AFileThatChangesMeanwhile_IsNoticed()
    {
        var changed = (byte)~_run.Content[^1];
        _run.Before = part =>
        {
            _run.Content[^1] = changed;
            return part;
        };
        await Assert.ThrowsAsync<ArtefactDamagedException>(() => Client().DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken));

        _run.Before = part => part;
        _run.Shrink = true;
        await Assert.ThrowsAsync<ArtefactDamagedException>(() => Client().DownloadAsync("run", Name, In(Name), TestContext.Current.CancellationToken));
        Assert.Empty(Files());
    }

    [Fact]
    public async Task AFileThatIsNotThere_IsNamedBesideThoseThatAre()
    {
        var refused = await Assert.ThrowsAsync<InvalidInputException>(
            () => Client().DownloadAsync("run", "modle.safetensors", In("x"), TestContext.Current.CancellationToken));

        Assert.Equal("artefact: there is no modle.safetensors; run has left model.safetensors", refused.Message);
    }

    [Fact]
    public async Task ACancelledDownload_LeavesNothing()
    {
        using var cancelling = new CancellationTokenSource();
        _run.Before = part =>
        {
            if (part == 2)
            {
                cancelling.Cancel();
            }

            return part;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client().DownloadAsync("run", Name, In(Name), cancelling.Token));

        Assert.Empty(Files());
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(7).NextBytes(content);
        return content;
    }

    private DistributedFreezeClient Client(FolderOfOne? run = null) => new(OneGrain.Of(run ?? _run));

    private string In(string name) => Path.Combine(_folder.Path, name);

    private IEnumerable<string?> Files() => Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName);

    /// <summary>A run that has left one file.</summary>
    private sealed class FolderOfOne(byte[] content) : RunStandIn
    {
        private int _asked;

        public byte[] Content { get; } = content;

        /// <summary>Lengths of the parts that were asked for.</summary>
        public List<int> Parts { get; } = [];

        /// <summary>Happens before each answer, with its number from 1.</summary>
        public Func<int, int> Before { get; set; } = part => part;

        /// <summary>Whether an answer loses a bit on the way.</summary>
        public Func<int, bool> Damage { get; set; } = _ => false;

        public bool Shrink { get; set; }

        /// <summary>The name under which it is listed.</summary>
        public string Offered { get; set; } = Name;

        public override Task<ImmutableArray<Artefact>> ListArtefactsAsync() => Task.FromResult<ImmutableArray<Artefact>>(
            [new(Offered, Content.Length, Convert.ToHexStringLower(SHA256.HashData(Content)))]);

        public override Task<ArtefactChunk> ReadArtefactAsync(string name, long offset, int count)
        {
            var part = Before(++_asked);
            Parts.Add(count);
            byte[] content = Shrink && offset > 0 ? [] : Content[(int)offset..((int)offset + count)];
            var sum = Crc32.HashToUInt32(content);
            if (Damage(part))
            {
                content[0] ^= 1;
            }

            return Task.FromResult(new ArtefactChunk(offset, [.. content], sum));
        }
    }
}
