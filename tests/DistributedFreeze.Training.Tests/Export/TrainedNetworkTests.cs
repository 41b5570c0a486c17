using DistributedFreeze.Errors;
using DistributedFreeze.Training.Runs;

namespace DistributedFreeze.Training.Export;

/// <summary>What is refused, and in which words.</summary>
[Slow]
public sealed class TrainedNetworkTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void AFolderWithoutAReceipt_IsRefused()
    {
        AssertRefused(_folder.In("none"), _folder.In("none"), "there is no such folder");
        AssertRefused(_folder.Path, _folder.Path, "has no receipt.json");

        File.WriteAllText(_folder.In("checkpoint.safetensors"), "");
        AssertRefused(_folder.Path, _folder.Path, "has not finished");
    }

    [Fact]
    public void AModelThatChanged_IsRefused()
    {
        Copy();
        using (var model = File.OpenWrite(_folder.In("model.safetensors")))
        {
            model.Seek(-1, SeekOrigin.End);
            model.WriteByte(0x55);
        }

        AssertRefused(_folder.In("model.safetensors"), _folder.Path, $"and those of the receipt beside it {undisturbed.Receipt.ModelSha256}");
    }

    [Fact]
    public void AReceiptWithoutItsModel_IsRefused()
    {
        Copy();
        File.Delete(_folder.In("model.safetensors"));

        AssertRefused(_folder.Path, _folder.Path, "no model.safetensors");
    }

    [Fact]
    public void ADamagedReceipt_IsRefused()
    {
        Copy();
        File.WriteAllText(_folder.In("receipt.json"), "{");

        AssertRefused(_folder.In("receipt.json"), _folder.Path, "is damaged");
    }

    [Fact]
    public void AnotherBaseThanTheRuns_IsRefused()
    {
        Copy();
        var receipt = File.ReadAllText(_folder.In("receipt.json"));
        var seed = $"\"seed\": {undisturbed.Receipt.Spec.Seed}";
        Assert.Contains(seed, receipt, StringComparison.Ordinal);
        File.WriteAllText(_folder.In("receipt.json"), receipt.Replace(seed, "\"seed\": 12345", StringComparison.Ordinal));

        using var run = TrainedRun.Open(_folder.Path);
        var refusal = Assert.Throws<InvalidInputException>(() => TrainedNetwork.Open(run));

        Assert.Equal("model.weights", Assert.Single(refusal.Problems).Field);
        Assert.Contains($"{run.Receipt.BaseSha256} would be right", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AModelOfAnotherNetwork_IsRefused()
    {
        Copy();
        var receipt = File.ReadAllText(_folder.In("receipt.json"));
        var graph = "\"graph\": \"keras-v1\"";
        Assert.Contains(graph, receipt, StringComparison.Ordinal);
        File.WriteAllText(_folder.In("receipt.json"), receipt.Replace(graph, "\"graph\": \"torchvision-v15\"", StringComparison.Ordinal));

        using var run = TrainedRun.Open(_folder.Path);
        var refusal = Assert.Throws<InvalidInputException>(() => TrainedNetwork.Open(run));

        Assert.Contains("does not fit the network of its receipt", refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void Copy()
    {
        foreach (var file in (string[])["model.safetensors", "receipt.json"])
        {
            File.Copy(Path.Combine(undisturbed.Output.Path, file), _folder.In(file));
        }
    }

    private static void AssertRefused(string field, string folder, string reason)
    {
        var refusal = Assert.Throws<InvalidInputException>(() => TrainedRun.Open(folder));

        Assert.Equal(field, Assert.Single(refusal.Problems).Field);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
