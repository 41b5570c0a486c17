using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Runs;

/// <summary>What a finished run leaves behind.</summary>
[Slow]
public sealed class FinishedRunTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public void Nothing_IsLeftButTheModelAndTheReceipt() => Assert.Equal(
        ["model.safetensors", "receipt.json"],
        Directory.GetFileSystemEntries(undisturbed.Output.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Fact]
    public void TheReceipt_HasTheFieldsThatOthersReadByName()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(undisturbed.Output.Receipt));
        var receipt = json.RootElement;

        Assert.Matches("^[0-9a-f]{64}$", receipt.GetProperty("modelSha256").GetString());
        Assert.Matches("^[0-9a-f]{64}$", receipt.GetProperty("maskHash").GetString());
        Assert.True(receipt.GetProperty("frozenUnchanged").GetBoolean());
        Assert.Equal(1_054_720 + 2048 * 16 + 16 + 16 * 4 + 4, receipt.GetProperty("trainableParameters").GetInt64());
        Assert.InRange(receipt.GetProperty("testAccuracy").GetDouble(), 0, 1);
        Assert.Equal(3, receipt.GetProperty("trainLoss").GetArrayLength());
        Assert.All(receipt.GetProperty("trainLoss").EnumerateArray(), loss => Assert.True(double.IsFinite(loss.GetDouble())));
        Assert.Equal(2, receipt.GetProperty("replicas").GetInt32());
        Assert.Equal(JsonValueKind.Number, receipt.GetProperty("imagesPerSecond").ValueKind);
        Assert.Equal(JsonValueKind.Number, receipt.GetProperty("seconds").ValueKind);
    }

    [Fact]
    public void TheModelsHash_IsThatOfTheTensorsInTheFile()
    {
        using var model = SafetensorsFile.Open(undisturbed.Output.Model);

        Assert.Equal(ModelHash.Of(model), undisturbed.Receipt.ModelSha256);
        Assert.Equal(undisturbed.Receipt.ModelSha256, model.Metadata["modelSha256"]);
        Assert.Equal(undisturbed.Receipt.BaseSha256, model.Metadata["baseSha256"]);
    }

    [Fact]
    public void TheModel_HoldsTheTrainedTensorsAndNoFrozenOne()
    {
        using var model = SafetensorsFile.Open(undisturbed.Output.Model);
        var frozen = undisturbed.Receipt.FrozenLayers.Select(layer => layer.Layer + ".");

        Assert.Contains("conv5_block3_3_bn.weight", model.Tensors.Select(tensor => tensor.Name));
        Assert.DoesNotContain("conv5_block3_3_bn.running_mean", model.Tensors.Select(tensor => tensor.Name));
        Assert.Contains("head.1.bias", model.Tensors.Select(tensor => tensor.Name));
        Assert.DoesNotContain(model.Tensors, tensor => frozen.Any(layer => tensor.Name.StartsWith(layer, StringComparison.Ordinal)));
        Assert.All(model.Tensors, tensor => Assert.All(model.Read(tensor.Name), value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public async Task AFolderThatHoldsARun_IsRefusedForAnother()
    {
        var model = File.GetLastWriteTimeUtc(undisturbed.Output.Model);

        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() =>
            undisturbed.RunAsync(undisturbed.NewSpec() with { Output = undisturbed.Output.Path }, 1));

        Assert.Equal("output", refusal.Problems[0].Field);
        Assert.Contains("finished run", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(model, File.GetLastWriteTimeUtc(undisturbed.Output.Model));
    }
}
