using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary><c>dfreeze export --format</c>: the same network for other programs.</summary>
[Slow(seconds: 30)]
public sealed class ExportFormatTests(ExportFormatTests.Trained trained) : IClassFixture<ExportFormatTests.Trained>
{
    private const string StrictLoad = """
        import sys, torch, torchvision
        network = getattr(torchvision.models, sys.argv[2])(num_classes=4)
        state = torch.load(sys.argv[1])
        network.load_state_dict(state, strict=True)
        print(len(state), float(state["fc.bias"].sum()))
        """;

    private readonly DrawnImages _images = trained.Images;

    [Theory]
    [InlineData("safetensors", "network.safetensors", "")]
    [InlineData("torchvision", "model.pth", "fc.")]
    public async Task TheWholeNetwork_IsInTheFile_AndItsBaseIsTheRuns(string format, string name, string head)
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), "--format", format);

        Assert.True(run.ExitCode == 0, run.Error);
        var path = _images.In($"run/{name}");
        Assert.StartsWith(path, run.Output, StringComparison.Ordinal);
        var receipt = _images.Receipt("run");
        Assert.Equal(receipt.BaseSha256, BaseHash.Of(receipt.Spec with { Model = receipt.Spec.Model with { Weights = path, RandomWeights = false } }));
        using var written = WeightsFile.Open(path);
        using var model = WeightsFile.Open(_images.In("run/model.safetensors"));
        Assert.Equal(model.Read("head.0.weight"), written.Read(head.Length == 0 ? "head.0.weight" : "predictions.weight"));
    }

    [Fact]
    public async Task ForTorchvision_ThePythonThatLoadsItIsPrinted()
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), "--format", "torchvision", "--to", _images.In("x.pt"));

        Assert.Equal(
            [
                "network = torchvision.models.resnet50(num_classes=4)",
                "network.load_state_dict(torch.load('x.pt', weights_only=True))",
                "# input N x 3 x 40 x 40, preprocessing torch; logits of disc, square, stripes, triangle",
            ],
            run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[1..]);
    }

    [Fact]
    public async Task Torchvision_LoadsItStrictly()
    {
        var path = _images.In("strict.pth");
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--format", "torchvision", "--to", path)).ExitCode);

        var answer = Python.Run("torch, torchvision", "python3-torchvision", StrictLoad, "", path, "resnet50");

        using var model = WeightsFile.Open(_images.In("run/model.safetensors"));
        var words = answer.Split(' ');
        Assert.Equal("320", words[0]);
        Assert.Equal(model.Read("head.0.bias").Sum(), float.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture), 1e-6);
    }

    [Theory]
    [InlineData("resnet18", "resnet18", 122)]
    [InlineData("resnext50-32x4d", "resnext50_32x4d", 320)]
    public async Task AnotherNetworkOfTheFamily_IsTrainedExportedAndUsed(string model, string function, int tensors)
    {
        var trained = await CommandRun.EmbeddedAsync(_images.Train(model, 1, "--model", model, "--graph", "torchvision-v1.5", "--preprocess", "torch", "--unfreeze-stage", "conv5"));
        Assert.True(trained.ExitCode == 0, trained.Error);

        var exported = await CommandRun.OfAsync("export", _images.In(model), "--format", "torchvision");
        var onnx = await CommandRun.OfAsync("export", _images.In(model));
        var whole = await CommandRun.OfAsync("export", _images.In(model), "--format", "safetensors");
        var shown = await CommandRun.OfAsync("weights", "show", _images.In($"{model}/network.safetensors"));
        var verified = await CommandRun.EmbeddedAsync("verify", _images.In(model));

        Assert.All([exported, onnx, whole, shown, verified], run => Assert.True(run.ExitCode == 0, run.Error));
        Assert.Contains($"network = torchvision.models.{function}(num_classes=4)", exported.Output, StringComparison.Ordinal);
        Assert.Contains($"--model {model} --graph torchvision-v1.5 --data FOLDER", shown.Output, StringComparison.Ordinal);
        var answer = Python.Run("torch, torchvision", "python3-torchvision", StrictLoad, "", _images.In($"{model}/model.pth"), function);
        Assert.StartsWith($"{tensors} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format keras", "--format: must be onnx, safetensors or torchvision, got 'keras'")]
    [InlineData("--format torchvision --to a.onnx", "--to: must end in .pth or .pt for --format torchvision, got ")]
    public async Task WhatIsWrong_IsSaid(string options, string expected)
    {
        var run = await CommandRun.OfAsync(["export", _images.In("run"), .. options.Split(' ')]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KerassGraph_IsNotTorchvisions()
    {
        Assert.Equal(0, (await CommandRun.EmbeddedAsync(_images.Train("keras", epochs: 1))).ExitCode);

        var run = await CommandRun.OfAsync("export", _images.In("keras"), "--format", "torchvision");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --format: torchvision is for runs of torchvision's graph", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(_images.In("keras/model.pth")));
    }

    /// <summary>A run of torchvision's graph.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        internal DrawnImages Images { get; } = new();

        public async ValueTask InitializeAsync()
        {
            var run = await CommandRun.EmbeddedAsync(Images.Train("run", 1, "--graph", "torchvision-v1.5", "--preprocess", "torch"));
            Assert.True(run.ExitCode == 0, run.Error);
        }

        public ValueTask DisposeAsync()
        {
            Images.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
