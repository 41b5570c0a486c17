using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>A receipt of which no network can be built is refused when it is read.</summary>
public sealed class StoredReceiptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("spec.model.head.hidden", "[16,-816]", "hidden layer")]
    [InlineData("spec.model.head.hidden", "null", "is damaged")]
    [InlineData("spec.model.graph", "7", "graph")]
    [InlineData("spec.data.resize", "7", "resizing")]
    [InlineData("spec.data.colorProfiles", "-1", "colour profiles")]
    [InlineData("spec.data.preprocessing", "7", "preprocessing")]
    [InlineData("spec.data.maxPixels", "0", "limit of pixels is 0")]
    [InlineData("spec.data.imageSize", "1", "image size is 1")]
    [InlineData("classes", "[\"only\"]", "names 1 classes")]
    [InlineData("classes", "null", "is damaged")]
    public void WhatNoNetworkIsBuiltOf_IsRefused(string field, string value, string expected)
    {
        var receipt = JsonSerializer.SerializeToNode(ReceiptDraftTests.Receipt with { Preprocessing = null }, RunJson.Indented)!;
        var names = field.Split('.');
        names[..^1].Aggregate(receipt, (node, name) => node[name]!)[names[^1]] = JsonNode.Parse(value);
        File.WriteAllText(_folder.In("receipt.json"), receipt.ToJsonString());

        var refusal = Assert.Throws<InvalidInputException>(() => StoredJson.ReadReceipt(_folder.In("receipt.json")));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AReceiptAsItWasWritten_IsRead()
    {
        File.WriteAllText(_folder.In("receipt.json"), JsonSerializer.Serialize(ReceiptDraftTests.Receipt, RunJson.Indented));

        Assert.Equal(ReceiptDraftTests.Receipt.Classes, StoredJson.ReadReceipt(_folder.In("receipt.json")).Classes);
    }
}
