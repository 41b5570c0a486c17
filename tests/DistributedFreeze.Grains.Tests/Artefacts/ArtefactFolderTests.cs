using System.IO.Hashing;
using System.Security.Cryptography;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Artefacts;

namespace DistributedFreeze.Grains.Tests.Artefacts;

[Slow]
public sealed class ArtefactFolderTests : IDisposable
{
    private const string Run = "this-run";
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("dfreeze-test-");
    private readonly string _folder;

    public ArtefactFolderTests() => _folder = _root.CreateSubdirectory("output").FullName;

    [Fact]
    public async Task WhatARunLeaves_IsListedByNameWithLengthAndHash()
    {
        Write("receipt.json", """{"runId":"this-run"}"""u8.ToArray());
        Write("model.safetensors", [1, 2, 3]);
        Write("notes.txt", [1]);
        Write("other.safetensors", [1]);
        Write("model.safetensors.partial", [1]);
        Directory.CreateDirectory(In("folder.json"));

        var listed = await ArtefactFolder.ListAsync(new(_folder), Run);

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
        Assert.Single(await ArtefactFolder.ListAsync(new(_folder), Run));

        Write(file, System.Text.Encoding.UTF8.GetBytes(content));

        Assert.Empty(await ArtefactFolder.ListAsync(new(_folder), Run));
        await Assert.ThrowsAsync<InvalidInputException>(() => ArtefactFolder.ReadAsync(new(_folder), Run, "model.safetensors", 0, 10));
    }

    [Fact]
    public async Task AFolderThatIsNotThereYet_HoldsNothing() => Assert.Empty(await ArtefactFolder.ListAsync(new(In("later")), Run));

    [Fact]
    public async Task ABigFile_IsReadInPartsThatMakeItUp()
    {
        var content = new byte[(ArtefactFolder.LongestChunk * 2) + 7];
        new Random(3).NextBytes(content);
        Write("model.safetensors", content);

        var read = new List<byte>();
        while (true)
        {
            var chunk = await ArtefactFolder.ReadAsync(new(_folder), Run, "model.safetensors", read.Count, ArtefactFolder.LongestChunk);
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

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => ArtefactFolder.ReadAsync(new(_folder), Run, name, 0, 10));

        Assert.Equal("artefact", Assert.Single(refused.Problems).Field);
        Assert.DoesNotContain(await ArtefactFolder.ListAsync(new(_folder), Run), artefact => artefact.Name == name);
    }

    [Fact]
    public async Task AFullPath_IsNoArtefact()
    {
        Write("../secret.json", [1]);

        await Assert.ThrowsAsync<InvalidInputException>(() => ArtefactFolder.ReadAsync(new(_folder), Run, Path.Combine(_root.FullName, "secret.json"), 0, 10));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 0)]
    [InlineData(0, ArtefactFolder.LongestChunk + 1)]
    public async Task ANumberOutOfItsRange_IsRefused(long offset, int count)
    {
        Write("log.txt", [1]);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => ArtefactFolder.ReadAsync(new(_folder), Run, "log.txt", offset, count));

        Assert.Equal("offset", Assert.Single(refused.Problems).Field);
    }

    public void Dispose() => _root.Delete(recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private void Write(string name, byte[] content) => File.WriteAllBytes(In(name), content);
}
