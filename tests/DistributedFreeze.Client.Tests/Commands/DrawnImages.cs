using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>A small drawn data set, and command lines that train on it.</summary>
internal sealed class DrawnImages : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DrawnImages() => DemoImages.Write(Path, seed: 1, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2);

    public string Path => In("images");

    public string In(string name) => System.IO.Path.Combine(_folder.Path, name);

    public string Write(string name, string text) => _folder.Write(name, text);

    /// <summary>20 images in batches of 8: steps of 8, 8 and 4.</summary>
    public string[] Train(string output, int epochs = 2, params string[] more) =>
    [
        "train", "--data", Path, "--image-size", "40", "--batch", "8", "--shards", "4", "--lr", "0.01",
        "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--output", In(output),
        .. more.Contains("--weights") ? Array.Empty<string>() : ["--random-weights"],
        .. more,
    ];

    public Receipt Receipt(string output)
    {
        using var stream = File.OpenRead(new OutputFolder(In(output)).Receipt);
        return JsonSerializer.Deserialize<Receipt>(stream, RunJson.Indented)!;
    }

    public void Dispose() => _folder.Dispose();
}
