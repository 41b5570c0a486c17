using System.Security.Cryptography;
using DistributedFreeze.Cli.Pull;

namespace DistributedFreeze.Client.Tests.Pull;

/// <summary>Weights of 3,000 bytes, what servers answer of them, and a folder that receives them.</summary>
internal sealed class PullStage : IDisposable
{
    public const string Tag = "\"one\"";

    private readonly TemporaryFolder _folder = new();

    public static byte[] Content { get; } = [.. Enumerable.Range(0, 3000).Select(i => (byte)(i * 7))];

    public static PublishedWeights Weights { get; } =
        new("w", "a test's", new("https://publisher.example/w.h5"), "w.h5", Checksum.Sha256(Convert.ToHexStringLower(SHA256.HashData(Content))), null);

    public string Folder => _folder.Path;

    public string Cache => _folder.In("cache");

    public string Target => Path.Combine(Cache, "w.h5");

    public static byte[] Whole() => ScriptedServer.Answer("200 OK", Content, [$"ETag: {Tag}"]);

    public static byte[] Busy() => ScriptedServer.Answer("503 Service Unavailable", []);

    /// <summary>All is promised, and the connection breaks off.</summary>
    public static byte[] Begun(int bytes) => ScriptedServer.Answer("200 OK", Content.AsSpan(0, bytes), [$"ETag: {Tag}"], Content.Length);

    /// <summary>The rest is promised, and some of it comes.</summary>
    public static byte[] Rest(int from, int bytes) => ScriptedServer.Answer(
        "206 Partial Content", Content.AsSpan(from, bytes), [$"ETag: {Tag}", $"Content-Range: bytes {from}-2999/3000"], Content.Length - from);

    /// <summary>A header of a request, or nothing.</summary>
    public static string Header(string request, string name) =>
        request.Split("\r\n").FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))?[(name.Length + 2)..] ?? "";

    public static Task<PulledWeights> RunAsync(WeightsPull pull) => pull.RunAsync(Weights, (_, _) => { }, TestContext.Current.CancellationToken);

    public WeightsPull Pull(ScriptedServer server, PullLimits? limits = null) => Pull(server.Address, limits);

    public WeightsPull Pull(string mirror, PullLimits? limits = null) => new(Cache, WeightsMirror.Of(mirror, "--mirror"), "NAME") { Limits = limits ?? new() };

    /// <summary>The file is there, and nothing beside it.</summary>
    public void AssertWhole()
    {
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal(["w.h5"], Directory.GetFiles(Cache).Select(Path.GetFileName));
    }

    public void Dispose() => _folder.Dispose();
}
