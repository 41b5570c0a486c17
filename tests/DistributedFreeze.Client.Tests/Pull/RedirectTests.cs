using System.Net;
using System.Security.Cryptography;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client.Tests.Pull;

public sealed class RedirectTests : IDisposable
{
    private static readonly byte[] Content = [1, 2, 3];
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hf:microsoft/resnet-50", "http://cdn.example/x", "https://huggingface.co/microsoft/resnet-50/resolve/main/model.safetensors redirects to http://cdn.example/x")]
    [InlineData("torchvision-v2", "file:///etc/passwd", "https://download.pytorch.org/models/resnet50-11ad3fa6.pth redirects to file:///etc/passwd")]
    public async Task ALessSafePlace_IsNotFollowed(string name, string to, string expected)
    {
        var handler = FakeHandler.Of(_ => FakeHandler.Redirect(to));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync(name, handler));

        Assert.Equal($"NAME: {expected}, and only https is followed from there", refused.Message);
        Assert.Single(handler.Asked);
    }

    [Fact]
    public async Task AMirrorWithoutTls_MayRedirectToItsLike()
    {
        var handler = FakeHandler.Of(address => address.Host == "mirror.example" ? FakeHandler.Redirect("http://other.example/w") : Whole());

        var pulled = await RunAsync("hf:a/b", handler, WeightsMirror.Of("http://mirror.example/weights", "--mirror"));

        Assert.Equal(["http://mirror.example/weights/a/b/model.safetensors", "http://other.example/w"], handler.Asked.Select(address => address.AbsoluteUri));
        Assert.Null(pulled.Checksum);
    }

    [Fact]
    public async Task RoundAndRound_IsNotFollowedForEver()
    {
        var handler = FakeHandler.Of(_ => FakeHandler.Redirect("https://cdn.example/again"));

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync("hf:a/b", handler));

        Assert.EndsWith("redirects more than 10 times", refused.Message, StringComparison.Ordinal);
        Assert.Equal(11, handler.Asked.Count);
    }

    [Fact]
    public async Task WhatHuggingFaceSaysOfTheContent_IsCompared()
    {
        var pulled = await RunAsync("hf:a/right", Linked(Sha256));
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync("hf:a/wrong", Linked(new string('0', 64))));

        Assert.Equal(Checksum.Sha256(Sha256), pulled.Checksum);
        Assert.Equal(Path.Combine(_folder.Path, "a", "right", "model.safetensors"), pulled.Path);
        Assert.Contains($"expected SHA-256 {new string('0', 64)}, found {Sha256}", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "a", "wrong")));
    }

    [Theory]
    [InlineData("keras-imagenet", "https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5", "MD5 2cb95161c43110f7111970584f804107")]
    [InlineData("imagenet", "https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5", "MD5 2cb95161c43110f7111970584f804107")]
    [InlineData("torchvision-v1", "https://download.pytorch.org/models/resnet50-0676ba61.pth", "SHA-256 0676ba61...")]
    [InlineData("torchvision-v2", "https://download.pytorch.org/models/resnet50-11ad3fa6.pth", "SHA-256 11ad3fa6...")]
    public async Task APublishersAddress_IsAsked_AndItsChecksumCompared(string name, string address, string checksum)
    {
        var handler = FakeHandler.Of(_ => Whole());

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => RunAsync(name, handler));

        Assert.Equal(address, Assert.Single(handler.Asked).AbsoluteUri);
        Assert.Contains($"{address} is not what its publisher has: expected {checksum}, found ", refused.Message, StringComparison.Ordinal);
    }

    private static FakeHandler Linked(string sha256) => FakeHandler.Of(address =>
        address.Host == "huggingface.co" ? FakeHandler.Redirect("https://cdn.example/blob", ("X-Linked-Etag", $"\"{sha256}\"")) : Whole());

    private static HttpResponseMessage Whole() => new(HttpStatusCode.OK) { Content = new ByteArrayContent(Content) };

    private Task<PulledWeights> RunAsync(string name, FakeHandler handler, WeightsMirror? mirror = null) =>
        new WeightsPull(_folder.Path, mirror, "NAME") { Handler = handler }.RunAsync(PublishedWeights.Find(name, default, null, "NAME"), (_, _) => { }, TestContext.Current.CancellationToken);
}
