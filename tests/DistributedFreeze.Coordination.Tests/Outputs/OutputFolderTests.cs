using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

public sealed class OutputFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OutputFolder _output;
    private readonly RunSpec _spec = new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out", Seed = 9 };

    public OutputFolderTests() => _output = new(_folder.In("a/b"));

    [Fact]
    public void Begin_MakesTheFolderAndKeepsTheSpecForResuming()
    {
        _output.Begin(_spec);

        Assert.Equal(RunSpecKey.Of(_spec), RunSpecKey.Of(_output.ReadSpec("--resume")));
        Assert.Equal([_output.Spec], Directory.GetFiles(_output.Path));
    }

    [Theory]
    [InlineData("model.safetensors", "finished run")]
    [InlineData("receipt.json", "finished run")]
    [InlineData("checkpoint.safetensors", "`resume: ")]
    public void RequireNew_RefusesAFolderThatHoldsARun(string file, string reason)
    {
        Directory.CreateDirectory(_output.Path);
        File.WriteAllText(Path.Combine(_output.Path, file), "kept");

        var refusal = Assert.Throws<InvalidInputException>(() => _output.RequireNew());

        Assert.Equal("output", refusal.Problems[0].Field);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_output.Path, file)));
    }

    [Fact]
    public void Begin_RefusesAFolderThatIsAFile()
    {
        File.WriteAllText(_folder.In("a"), "a file");

        Assert.Equal("output", Assert.Throws<InvalidInputException>(() => _output.Begin(_spec)).Problems[0].Field);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"seed\": 3}")]
    [InlineData("{\"data\": 5")]
    [InlineData("""{ "data": null, "phases": [{}], "output": "o" }""")]
    [InlineData("""{ "data": { "path": "x" }, "phases": [null], "output": "o" }""")]
    [InlineData("""{ "data": { "path": "x" }, "phases": null, "output": "o" }""")]
    [InlineData("""{ "data": { "path": "x" }, "model": null, "phases": [{}], "output": "o" }""")]
    [InlineData("""{ "data": { "path": "x", "imageSize": -5 }, "phases": [{}], "output": "o" }""")]
    [InlineData("""{ "data": { "path": "x" }, "phases": [{ "freeze": { "count": 3 } }], "output": "o" }""")]
    public void ReadSpec_RefusesADamagedSpec(string json)
    {
        _output.Begin(_spec);
        File.WriteAllText(_output.Spec, json);

        Assert.Equal(_output.Spec, Assert.Throws<InvalidInputException>(() => _output.ReadSpec("--resume")).Problems[0].Field);
    }

    [Fact]
    public void ReadSpec_OfAFolderWithoutARun_NamesWhatThePersonGave() =>
        Assert.Equal("--resume", Assert.Throws<InvalidInputException>(() => _output.ReadSpec("--resume")).Problems[0].Field);

    [Fact]
    public void Clear_LeavesOtherFilesAlone()
    {
        _output.Begin(_spec);
        File.WriteAllText(Path.Combine(_output.Path, "notes.txt"), "mine");

        _output.Clear();

        Assert.Equal([Path.Combine(_output.Path, "notes.txt")], Directory.GetFiles(_output.Path));
    }

    public void Dispose() => _folder.Dispose();
}
