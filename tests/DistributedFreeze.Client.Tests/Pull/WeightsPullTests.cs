using System.Security.Cryptography;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Pull;

public sealed class WeightsPullTests : IDisposable
{
    private readonly PullStage _stage = new();

    public void Dispose() => _stage.Dispose();

    [Fact]
    public async Task AFile_ComesWholeAndIsChecked_AndIsNotAskedForAgain()
    {
        using var server = new ScriptedServer(PullStage.Whole());
        var seen = new List<(long, long?)>();

        var pulled = await _stage.Pull(server).RunAsync(PullStage.Weights, (here, all) => seen.Add((here, all)), TestContext.Current.CancellationToken);
        var again = await PullStage.RunAsync(_stage.Pull(server));

        Assert.Equal(new(_stage.Target, 3000, $"{server.Address}/w.h5", PullStage.Weights.Checksum), pulled);
        Assert.Null(again.From);
        Assert.StartsWith("GET /w.h5 HTTP/1.1", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.Equal((3000, 3000), seen[^1]);
        _stage.AssertWhole();
    }

    [Fact]
    public async Task AnotherContent_IsRefusedByBothHashes_AndRemoved()
    {
        byte[] other = [1, 2, 3];
        using var server = new ScriptedServer(ScriptedServer.Answer("200 OK", other));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(server)));

        Assert.Equal(
            $"NAME: {server.Address}/w.h5 is not what its publisher has: expected {PullStage.Weights.Checksum}, found {Convert.ToHexStringLower(SHA256.HashData(other))}; what was pulled is removed",
            refused.Message);
        Assert.Empty(Directory.GetFiles(_stage.Cache));
    }

    [Fact]
    public async Task ADamagedFileThatIsHere_IsNamedAndStays()
    {
        Directory.CreateDirectory(_stage.Cache);
        File.WriteAllText(_stage.Target, "damaged");

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(mirror: "http://127.0.0.1:9")));

        Assert.StartsWith($"NAME: {_stage.Target} is not what its publisher has: expected SHA-256 ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("remove it, and it is pulled again", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_stage.Target));
    }

    [Theory]
    [InlineData("404 Not Found")]
    [InlineData("503 Service Unavailable")]
    public async Task WhatTheServerRefuses_IsSaidWithWhereTheFileBelongs(string status)
    {
        using var server = new ScriptedServer(ScriptedServer.Answer(status, "no"u8));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(server)));

        Assert.Equal(
            $"NAME: 'w' cannot be pulled from {server.Address}/w.h5: the answer is {status}. Without a network, get {PullStage.Weights.Address} elsewhere and put it at {_stage.Target}, or name a mirror that has w.h5 by --mirror or DFREEZE_MIRROR",
            refused.Message);
    }

    [Fact]
    public async Task AFileThatIsTooLarge_IsRefusedBeforeItIsTaken()
    {
        using var server = new ScriptedServer(PullStage.Whole());

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(server, new() { Bytes = 2999 })));

        Assert.Contains("/w.h5 has more than 3.0 kB", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_stage.Cache));
    }

    [Fact]
    public async Task ASilentServer_IsNotWaitedForWithoutEnd()
    {
        var pull = new WeightsPull(_stage.Cache, null, "NAME")
        {
            Limits = new() { Silence = TimeSpan.FromMilliseconds(1) },
            Handler = new FakeHandler(async (_, token) =>
            {
                await Task.Delay(Timeout.Infinite, token);
                return new();
            }),
        };

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(pull));

        Assert.Contains($"'w' cannot be pulled from {PullStage.Weights.Address}: nothing has come for ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatSomebodyElsePulls_IsNotPulledTwice()
    {
        Directory.CreateDirectory(_stage.Cache);
        using var other = PartFile.Open(_stage.Target);

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(mirror: "http://127.0.0.1:9")));

        Assert.Contains("w.h5.part", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMirrorThatIsAFolder_IsCopiedFrom()
    {
        var mirror = Directory.CreateDirectory(Path.Combine(_stage.Folder, "mirror")).FullName;
        var missing = await Assert.ThrowsAsync<InvalidInputException>(() => PullStage.RunAsync(_stage.Pull(mirror: mirror)));
        Assert.Contains($"{mirror}/w.h5 does not exist. Put the file of {PullStage.Weights.Address} there", missing.Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(mirror, "w.h5"), PullStage.Content);

        var pulled = await PullStage.RunAsync(_stage.Pull(mirror: mirror));

        Assert.Equal(Path.Combine(mirror, "w.h5"), pulled.From);
        _stage.AssertWhole();
    }
}
