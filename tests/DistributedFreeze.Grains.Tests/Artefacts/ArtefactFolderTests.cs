using System.IO.Hashing;
using System.Security.Cryptography;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Artefacts;

[Slow]
public sealed class ArtefactFolderTests : IDisposable
{
    private const string Run = "this-run";
    private readonly TemporaryFolder _root = new();
    private readonly string _folder;

    public ArtefactFolderTests() => _folder = Directory.CreateDirectory(_root.In("output")).FullName;

    [Fact]
    public async Task WhatARunLeaves_IsListedByNameWithLengthAndHash()
    {
        Write("receipt.json", """{"runId":"this-run"}"""u8.ToArray());
        Write("model.safetensors", [1, 2, 3]);
        Write("notes.txt", [1]);
        Write("other.safetensors", [1]);
        Write("model.safetensors.partial", [1]);
        Directory.CreateDirectory(In("folder.json"));

        var listed = await Folder().ListAsync();

        Assert.Equal(["model.safetensors", "receipt.json"], listed.Select(artefact => artefact.Name));
        Assert.Equal((3, Convert.ToHexStringLower(SHA256.HashData([1, 2, 3]))), (listed[0].Bytes, listed[0].Sha256));
    }

    [Theory]
    [InlineData("receipt.json", """{"runId":"other-run"}""")]
    [InlineData("receipt.json", "{}")]
    [InlineData("receipt.json", "no JSON")]
    [InlineData(".owner", "other-run")]
    public async Task WhatIsAnotherRuns_IsNotHandedOut(string file, string content)
    {
        Write("model.safetensors", [1, 2, 3]);
        Write("checkpoint.safetensors", [1, 2, 3]);
        Assert.Empty(await Folder().ListAsync());

        Write(file, System.Text.Encoding.UTF8.GetBytes(content));

        Assert.Empty(await Folder().ListAsync());
        await Assert.ThrowsAsync<InvalidInputException>(() => Folder().ReadAsync("model.safetensors", 0, 10));
    }

    [Fact]
    public async Task WhileARunGoesOn_OnlyWhatItWritesThenIsItsOwn()
    {
        Write(".owner", "this-run"u8.ToArray());
        Write("log.txt", [1]); // somebody's notes
        Write("model.safetensors", [1]);
        Write("run.json", [1]);
        Write("checkpoint.safetensors", [1]);

        Assert.Equal(["checkpoint.safetensors", "run.json"], Names(await Folder().ListAsync()));
        Assert.Equal(["checkpoint.safetensors", "run.json"], Names(Folder().ListLeft(hasLog: false)));
        Assert.Equal(["checkpoint.safetensors", "log.txt", "run.json"], Names(Folder().ListLeft(hasLog: true)));
    }

    [Fact]
    public async Task WhatARunLeft_IsHandedOutAsItWas_OrNotAtAll()
    {
        Write("receipt.json", """{"runId":"this-run"}"""u8.ToArray());
        Write("model.safetensors", [1, 2, 3]);
        Write("log.txt", [4]);
        var left = Folder().ListLeft(hasLog: false);
        Assert.Equal(["model.safetensors", "receipt.json"], Names(left));
        var hashes = new ArtefactHashes();
        var kept = new ArtefactFolder(new(_folder), Run, hashes, left);
        Assert.Equal(left, await kept.ListAsync());

        Write("model.safetensors", [3, 2, 1]);
        Write("checkpoint.safetensors", [1]);

        Assert.Equal(["receipt.json"], Names(await kept.ListAsync()));
        await Assert.ThrowsAsync<InvalidInputException>(() => kept.ReadAsync("model.safetensors", 0, 10));
        await Assert.ThrowsAsync<InvalidInputException>(() => kept.ReadAsync("log.txt", 0, 10));
        Write("model.safetensors", [1, 2, 3]);
        Assert.Equal(left, await kept.ListAsync());
    }

    [Fact]
    public async Task AFolderThatIsNotThereYet_HoldsNothing() => Assert.Empty(await new ArtefactFolder(new(In("later")), Run, new()).ListAsync());

    [Fact]
    public async Task ALinkThatTakesAFoldersPlaceAfterThePathWasJudged_IsNotFollowed()
    {
        Write("receipt.json", """{"runId":"this-run"}"""u8.ToArray());
        Write("model.safetensors", [1, 2, 3]);
        var left = Folder().ListLeft(hasLog: false);
        Directory.Move(_folder, _root.In("elsewhere"));
        Directory.CreateSymbolicLink(_folder, _root.In("elsewhere"));

        Assert.Empty(await new ArtefactFolder(new(_folder, () => false), Run, new(), left).ListAsync());
        Assert.Empty(await new ArtefactFolder(new(_folder, () => false), Run, new()).ListAsync());
        Assert.Equal(left, await new ArtefactFolder(new(_folder, () => false), Run, new(), left, mayHaveLinks: true).ListAsync());
    }

    [Fact]
    public async Task ABigFile_IsReadInPartsThatMakeItUp()
    {
        Write("receipt.json", """{"runId":"this-run"}"""u8.ToArray());
        var content = new byte[(ArtefactFolder.LongestChunk * 2) + 7];
        new Random(3).NextBytes(content);
        Write("model.safetensors", content);

        var read = new List<byte>();
        while (true)
        {
            var chunk = await Folder().ReadAsync("model.safetensors", read.Count, ArtefactFolder.LongestChunk);
            Assert.Equal((read.Count, Crc32.HashToUInt32(chunk.Content.AsSpan())), (chunk.Offset, chunk.Crc32));
            if (chunk.Content.IsEmpty)
            {
                break;
            }

            read.AddRange(chunk.Content);
        }

        Assert.Equal(content, read);
    }

    [Theory]
    [InlineData("../secret.json")]
    [InlineData("inner/secret.json")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("none.json")]
    [InlineData("secret.key")]
    [InlineData("link.json")]
    [InlineData("inner")]
    [InlineData("model\0.json")]
    public async Task NothingButAnArtefact_IsRead(string name)
    {
        Write("../secret.json", [1]);
        Write("secret.key", [1]);
        Directory.CreateDirectory(In("inner"));
        Write("inner/secret.json", [1]);
        File.CreateSymbolicLink(In("link.json"), In("secret.key"));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Folder().ReadAsync(name, 0, 10));

        Assert.Equal("artefact", Assert.Single(refused.Problems).Field);
        Assert.DoesNotContain(await Folder().ListAsync(), artefact => artefact.Name == name);
    }

    [Fact]
    public async Task AFullPath_IsNoArtefact()
    {
        Write("../secret.json", [1]);

        await Assert.ThrowsAsync<InvalidInputException>(() => Folder().ReadAsync(_root.In("secret.json"), 0, 10));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, ArtefactFolder.LongestChunk + 1)]
    public async Task ANumberOutOfItsRange_IsRefused(long offset, int count)
    {
        Write("log.txt", [1]);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Folder().ReadAsync("log.txt", offset, count));

        Assert.Equal("offset", Assert.Single(refused.Problems).Field);
    }

    private ArtefactFolder Folder() => new(new(_folder), Run, new());

    private static IEnumerable<string> Names(IEnumerable<Artefact> artefacts) => artefacts.Select(artefact => artefact.Name);

    public void Dispose() => _root.Dispose();

    private string In(string name) => Path.Combine(_folder, name);

    private void Write(string name, byte[] content) => File.WriteAllBytes(In(name), content);
}
