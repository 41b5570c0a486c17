using System.Xml.Linq;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Coordination;
using DistributedFreeze.Inference;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>The C# in our types' own documentation.</summary>
public sealed class ExampleTests
{
    private static readonly Dictionary<string, string> Examples = Directory.EnumerateFiles(AppContext.BaseDirectory, "DistributedFreeze.*.xml")
        .SelectMany(file => XDocument.Load(file).Descendants("member"))
        .SelectMany(member => member.Descendants("example").Elements("code").Select(code => (Of: member.Attribute("name")!.Value, Code: code.Value)))
        .ToDictionary(example => example.Of, example => example.Code, StringComparer.Ordinal);

    public static TheoryData<string> All => [.. Examples.Keys];

    [Theory]
    [InlineData(typeof(RunSpec))]
    [InlineData(typeof(DistributedFreezeClient))]
    [InlineData(typeof(RunDriver))]
    [InlineData(typeof(ImageClassifier))]
    public void ATypeToStartFrom_HasOne(Type type) => Assert.Contains($"T:{type.FullName}", Examples.Keys);

    [Theory]
    [MemberData(nameof(All))]
    public void AnExample_CompilesAsItStands(string of) => Assert.Empty(new Snippet(Examples[of]).Problems());

    [Fact, Slow]
    public async Task TheExampleThatTrains_Works()
    {
        using var images = new DrawnImages();

        var said = await new Snippet(Examples[$"T:{typeof(RunDriver).FullName}"]).RunAsync(
            ("Path = \"photos\"", $"ImageSize = 40, Path = \"{images.Path}\""),
            ("Weights = \"resnet50_keras.h5\"", "RandomWeights = true"),
            ("Epochs = 15", "Epochs = 1"),
            ("Output = \"photos-1\"", $"Output = \"{images.In("out")}\""));

        Assert.EndsWith($"{images.Receipt("out").ModelSha256}\n", said, StringComparison.Ordinal);
    }
}
