using DistributedFreeze.Errors;

namespace DistributedFreeze.Training.Weights;

public sealed class WeightsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.h5", "", "is empty")]
    [InlineData("a.safetensors", "", "is empty")]
    [InlineData("a.h5", "hello world, no weights", "does not begin with HDF5's signature")]
    [InlineData("a.safetensors", "\u0089HDF\r\n\u001a\nxxxxxxxxxx", "would have to end in .h5")]
    [InlineData("a.safetensors", "PK\u0003\u0004xxxxxxx", "PyTorch's in .pth")]
    [InlineData("a.h5", "\u0089HDF\r\n\u001a\nxxxxxxxxxx", "cut short")]
    [InlineData("a.safetensors", "hello", "cut short")]
    [InlineData("a.pth", "hello", "begins as neither of the forms that torch.save writes; save it as .safetensors: safetensors.torch.save_file(torch.load('a.pth', map_location='cpu'), 'a.safetensors')")]
    [InlineData("a.ckpt", "hello", "from TensorFlow load it in Keras and call save_weights('a.weights.h5')")]
    [InlineData("a.pth.tar", "", "cannot be read as a checkpoint of PyTorch: it is empty")]
    [InlineData("a.bin", "\u0089HDF\r\n\u001a\nxxxxxxxxxx", "would have to end in .h5")]
    [InlineData("a.pkl", "hello", "is a pickle")]
    [InlineData("a.keras", "hello", "no archive of Keras 3")]
    [InlineData("a.keras", "", "is empty")]
    [InlineData("a.keras", "PK\u0003\u0004xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "no directory at its end")]
    [InlineData("a.txt", "hello", "unknown extension '.txt'")]
    [InlineData("a", "hello", "has no extension")]
    public void Open_SaysWhatIsWrongWithAFile(string name, string content, string expected)
    {
        var path = _folder.In(name);
        File.WriteAllBytes(path, [.. content.Select(c => (byte)c)]);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => WeightsFile.Open(path)).Problems);

        Assert.Equal("model.weights", problem.Field);
        Assert.StartsWith(path, problem.Message, StringComparison.Ordinal);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.h5")]
    [InlineData("a.keras")]
    [InlineData("a.pth")]
    [InlineData("a.safetensors")]
    public async Task Open_RefusesAPipe_AndDoesNotWaitForIt(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "mkfifo makes it.");
        System.Diagnostics.Process.Start("mkfifo", [_folder.In(name)]).WaitForExit();

        var e = await Assert.ThrowsAsync<InvalidInputException>(() => Task.Run(() => WeightsFile.Open(_folder.In(name)).Dispose(), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));

        Assert.Contains("is a pipe or a device", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RefusesAMissingFile()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsFile.Open(_folder.In("none.h5")));

        Assert.Contains("none.h5 does not exist", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RefusesAFolder()
    {
        var e = Assert.Throws<InvalidInputException>(() => WeightsFile.Open(_folder.Path));

        Assert.Contains($"{_folder.Path} is a folder", e.Message, StringComparison.Ordinal);
    }
}
