using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class WeightsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Show_SaysWhatAFileIs_AndWhatItLacks()
    {
        var path = Store("small.safetensors", ("module.conv1.weight", "F32", [2, 2], [1, 2, 3, 6]), ("module.bn1.bias", "F32", [2], [float.NaN, 5]));

        var run = await CommandRun.OfAsync("weights", "show", path);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"file     {path}, safetensors, ", run.Output, StringComparison.Ordinal);
        Assert.Contains("tensors  2, 6 numbers (F32)", run.Output, StringComparison.Ordinal);
        Assert.Contains("names    torchvision's or timm's, behind 'module.'", run.Output, StringComparison.Ordinal);
        Assert.Contains("does not fit the network", run.Output, StringComparison.Ordinal);
        Assert.Contains("263 missing of 265", run.Output, StringComparison.Ordinal); // torchvision's graph is the nearer one
        Assert.Matches(@"module\.conv1\.weight +F32 +\(2, 2\) +3\.000e\+0 +1\.871e\+0 +1\.000e\+0 +6\.000e\+0", run.Output);
        Assert.Matches(@"module\.bn1\.bias \(1 NaN or infinite\) +F32 +\(2\) +5\.000e\+0 +0\.000e\+0 ", run.Output);
    }

    [Fact]
    public async Task ShowJson_IsOneObject()
    {
        var path = Store("small.safetensors", ("x", "F32", [2], [1, 3]), ("y", "I64", [], [7]));

        var run = await CommandRun.OfAsync("weights", "show", path, "--json");

        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("graph").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("names").ValueKind);
        Assert.Equal(
            ["x F32 [2] 2 1 1 3 0", "y I64 [] 7 0 7 7 0"],
            document.RootElement.GetProperty("tensors").EnumerateArray().Select(tensor => string.Join(
                ' ', ((string[])["name", "type", "shape", "mean", "standardDeviation", "min", "max", "notFinite"]).Select(name => Compact(tensor.GetProperty(name))))));
    }

    [Fact]
    [Slow]
    public async Task Import_WritesTheBaseAlone_UnderOurNames()
    {
        var wanted = LayerTable.For(NetworkGraph.TorchvisionV15).Layers.SelectMany(layer => layer.Tensors).ToList();
        var path = Store("whole.safetensors", [.. wanted.Select((spec, i) => ("backbone." + spec.Name, "F32", spec.Shape.ToArray(), Enumerable.Repeat((float)i, (int)spec.Elements).ToArray())), ("fc.weight", "F32", [3, 1], [1, 2, 3])]);
        var output = Path.Combine(_folder.Path, "base.safetensors");

        var shown = await CommandRun.OfAsync("weights", "show", path);
        var run = await CommandRun.OfAsync("weights", "import", path, "--output", output);

        Assert.Contains("base     a whole ResNet50 of graph torchvision-v1.5", shown.Output, StringComparison.Ordinal);
        Assert.Contains("beside   fc.weight (3, 1); a run has a head of its own", shown.Output, StringComparison.Ordinal);
        Assert.Contains($"use      dfreeze train --weights {path} --graph torchvision-v1.5 --data FOLDER", shown.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("265 tensors of a ResNet50 of graph torchvision-v1.5", run.Output, StringComparison.Ordinal);
        using var written = SafetensorsFile.Open(output);
        Assert.Equal(wanted.Select(spec => spec.Name).Order(StringComparer.Ordinal), written.Tensors.Select(info => info.Name));
        Assert.All(wanted.Index(), spec => Assert.Equal(spec.Index, written.Read(spec.Item.Name)[^1]));
        Assert.Equal(["base.safetensors", "whole.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("small.safetensors", "base.safetensors", "FILE: ", "does not fit the network")]
    [InlineData("small.safetensors", "base.h5", "--output: ", "must end in .safetensors")]
    [InlineData("small.safetensors", "small.safetensors", "--output: ", "must be another file than FILE")]
    [InlineData("small.safetensors", "none/base.safetensors", "--output: ", "must be in a folder that exists")]
    [InlineData("none.pth", "base.safetensors", "FILE: ", "does not exist")]
    public async Task Import_RefusesWhatCannotBe_AndLeavesNothing(string file, string output, string field, string expected)
    {
        Store("small.safetensors", ("conv1.weight", "F32", [1], [1]));

        var run = await CommandRun.OfAsync("weights", "import", Path.Combine(_folder.Path, file), "--output", Path.Combine(_folder.Path, output));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(field, run.Error, StringComparison.Ordinal);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Equal(["small.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    private static string Compact(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Array => $"[{string.Join(", ", element.EnumerateArray())}]",
        _ => element.GetRawText(),
    };

    private string Store(string name, params (string Name, string Type, long[] Shape, float[] Values)[] tensors)
    {
        var path = Path.Combine(_folder.Path, name);
        using var writer = new SafetensorsWriter(path, tensors.Select(tensor => new TensorInfo(tensor.Name, tensor.Type, [.. tensor.Shape])));
        foreach (var (tensor, type, _, values) in tensors)
        {
            if (type == "I64")
            {
                writer.Write(tensor, [.. values.Select(value => (long)value)]);
            }
            else
            {
                writer.Write(tensor, values);
            }
        }

        writer.Commit();
        return path;
    }
}
