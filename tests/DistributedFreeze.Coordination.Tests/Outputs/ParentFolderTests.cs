using System.Security.Cryptography;
using System.Text.Json;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

public sealed class ParentFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("receipt.json")]
    [InlineData("model.safetensors")]
    public void ARun_IsNamedByItsFolderOrAFileInIt(string file)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(ReceiptDraftTests.Receipt, RunJson.Indented);
        File.WriteAllBytes(_folder.In("receipt.json"), content);
        File.WriteAllText(_folder.In("model.safetensors"), "");

        var parent = ParentFolder.Read(_folder.In(file).TrimEnd('/'));

        Assert.Equal(_folder.Path, parent.Folder);
        Assert.Equal(new ParentRun("first", "model", Convert.ToHexStringLower(SHA256.HashData(content))), parent.Run);
    }

    [Theory]
    [InlineData("receipt.json", ".")]
    [InlineData("runs/a/receipt.json", "runs/a")]
    [InlineData("runs/a", "runs/a")]
    [InlineData("runs/a/model.onnx", "runs/a/model.onnx")]
    public void OfAFileInTheFolder_TheFolderIsMeant(string given, string folder) => Assert.Equal(folder, ParentFolder.Of(given));

    [Theory]
    [InlineData(null, ": there is no such folder: ")]
    [InlineData("other.txt", " has no receipt.json")]
    [InlineData("receipt.json", " has a receipt but no model.safetensors")]
    [InlineData("checkpoint.safetensors", " has not finished; go on with it by `resume: ")]
    public void AFolderWithoutAFinishedRun_IsRefused(string? file, string expected)
    {
        var folder = _folder.In("run");
        if (file is not null)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, file), "");
        }

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => ParentFolder.Read(folder)).Problems);

        Assert.Equal("from", problem.Field);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }
}
