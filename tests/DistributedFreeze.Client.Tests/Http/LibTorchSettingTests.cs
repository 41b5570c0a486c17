using DistributedFreeze.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What a silo's setting of another libtorch may be.</summary>
public sealed class LibTorchSettingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("torch/lib")]
    [InlineData("/no/such/folder")]
    public void AFolderThatIsNotThere_IsRefused(string path) => Assert.Equal(
        [$"DistributedFreeze:LibTorchPath must name an existing folder by its full path, got '{path}'"], Assert.Throws<OptionsValidationException>(() => Read(path)).Failures);

    [Fact]
    public void AFolderWithoutALibtorch_IsRefused() => Assert.StartsWith(
        $"DistributedFreeze:LibTorchPath names '{_folder.Path}', and there is no libtorch_cpu.so in ", Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(_folder.Path)).Failures), StringComparison.Ordinal);

    [Fact]
    public void AnotherVersion_IsRefused()
    {
        Directory.CreateDirectory(_folder.In("lib"));
        _folder.Write("lib/libtorch_cpu.so", "");
        _folder.Write("build-version", "2.9.1+cpu");

        Assert.Contains("holds libtorch 2.9.1+cpu", Assert.Single(Assert.Throws<OptionsValidationException>(() => Read(_folder.Path)).Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void TheProgramsOwn_MayBeNamed() => Assert.Equal(AppContext.BaseDirectory, Read(AppContext.BaseDirectory).LibTorchPath);

    public void Dispose() => _folder.Dispose();

    private static SiloOptions Read(string path) => SiloOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection([KeyValuePair.Create("DistributedFreeze:LibTorchPath", (string?)path)]).Build());
}
