using DistributedFreeze.Client.Tests.Commands;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>The C# that pages show.</summary>
[Slow]
public sealed class SampleTests : IDisposable
{
    private readonly DrawnImages _images = new();

    /// <summary>Every page of the repository that people read.</summary>
    public static TheoryData<string, int> Snippets =>
    [
        .. Directory.EnumerateFiles(RepositoryRoot.In(), "*.md")
            .Concat(Directory.EnumerateFiles(RepositoryRoot.In("docs"), "*.md"))
            .Concat(Directory.EnumerateFiles(RepositoryRoot.In("src"), "README.md", SearchOption.AllDirectories))
            .SelectMany(page => ReadmeTests.Blocks("csharp", File.ReadAllText(page)).Select((_, number) => (Path.GetRelativePath(RepositoryRoot.In(), page), number))),
    ];

    [Theory]
    [MemberData(nameof(Snippets))]
    public void ASnippet_CompilesAsItStands(string page, int number) => Assert.Empty(Of(page, number).Problems());

    [Fact]
    public void ASnippetThatLacksAUsing_WouldBeFound() =>
        Assert.Contains("CS0103", Assert.Single(new Snippet("Console.WriteLine(1);").Problems()), StringComparison.Ordinal);

    [Theory]
    [InlineData("docs/cluster.md", 0, "Submit")]
    [InlineData("docs/training.md", 1, "Classify")]
    public void ASample_IsWhatThePageShows(string page, int number, string sample) => Assert.Equal(
        File.ReadAllText(RepositoryRoot.In("samples", sample, "Program.cs")), Code(page, number));

    [Fact]
    public async Task TheProgramThatSubmits_Works()
    {
        await using var silo = await SiloProcess.StartAsync();

        var said = await Of("docs/cluster.md", 0).RunAsync(
            ("127.0.0.1:30000", silo.Gateway),
            ("Path = \"photos\"", $"ImageSize = 40, Path = \"{_images.Path}\""),
            ("Weights = \"resnet50_keras.h5\"", "RandomWeights = true"),
            ("Epochs = 15", "Epochs = 1"),
            ("photos-1", _images.In("out")),
            (", \"model.safetensors\")", $", \"{_images.In("model.safetensors")}\")"));

        Assert.StartsWith("20 images, 8196 parameters train\n", said, StringComparison.Ordinal);
        Assert.Contains("succeeded", said, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(_images.In("out/model.safetensors")), File.ReadAllBytes(_images.In("model.safetensors")));
    }

    public void Dispose() => _images.Dispose();

    internal static Snippet Of(string page, int number) => new(Code(page, number));

    private static string Code(string page, int number) =>
        ReadmeTests.Blocks("csharp", File.ReadAllText(RepositoryRoot.In(page))).ElementAt(number);
}
