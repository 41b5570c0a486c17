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

    // What load_weights_from_hdf5_group of Keras's legacy_h5_format.py does with a file: layers without tensors are passed over, the others are taken in order.
    private const string LoadAsKerasDoes = """
        import sys, h5py
        with h5py.File(sys.argv[1], "r") as f:
            layers = [(n, f[n]) for n in f.attrs["layer_names"]]
            weighty = [(n, g, [g[w] for w in g.attrs["weight_names"]]) for n, g in layers if len(g.attrs["weight_names"])]
            print(len(weighty), sum(len(w) for _, _, w in weighty), f.attrs["backend"].decode(), f.attrs["keras_version"].decode(), [n for n, _, _ in weighty[-3:]])
            head = [w for _, _, ws in weighty[-2:] for w in ws]
            print(*[w.shape for w in head])
            print(repr(float(head[2][0, 0])), repr(float(head[2][0, 1])), repr(float(head[2][1, 0])), repr(float(head[3][3])))
        """;

    // Layers are compared by name: whoever wrote that file wrote them in an order of his own.
    private const string CompareLayers = """
        import sys, h5py
        def layers(f):
            return {n.decode(): [(w.decode(), f[n][w].shape, str(f[n][w].dtype)) for w in f[n].attrs["weight_names"]] for n in f.attrs["layer_names"]}
        with h5py.File(sys.argv[1], "r") as ours, h5py.File(sys.argv[2], "r") as theirs:
            a, b = layers(ours), layers(theirs)
            print(len(b), [n for n in b if a.get(n) != b[n]], [n for n in a if a[n] and n not in b])
            print(*a)
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

    [Fact]
    public async Task Keras_LoadsItsWeightsInItsOrder()
    {
        Assert.Equal(0, (await CommandRun.EmbeddedAsync(_images.Train("h5", 1, "--head", "6"))).ExitCode);

        var run = await CommandRun.OfAsync("export", _images.In("h5"), "--format", "keras-h5");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            [
                "base = keras.applications.ResNet50(weights=None, input_shape=(40, 40, 3), include_top=False, pooling='avg')",
                "x = base.output",
                "x = keras.layers.Dense(6, activation='relu', name='dense_1')(x)",
                "x = keras.layers.Dense(4, activation='softmax', name='predictions')(x)",
                "network = keras.Model(base.input, x)",
                "network.load_weights('model.h5')",
                "# input N x 40 x 40 x 3, preprocessing torch; probabilities of disc, square, stripes, triangle",
            ],
            run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[1..]);
        var receipt = _images.Receipt("h5");
        var path = _images.In("h5/model.h5");
        Assert.Equal(receipt.BaseSha256, BaseHash.Of(receipt.Spec with { Model = receipt.Spec.Model with { Weights = path, RandomWeights = false } }));
        using var model = WeightsFile.Open(_images.In("h5/model.safetensors"));
        var answer = Python.Run("h5py", "python3-h5py", LoadAsKerasDoes, "", path).Split('\n');
        Assert.Equal("108 322 tensorflow 2.2.4 [b'conv5_block3_3_bn', b'dense_1', b'predictions']", answer[0]);
        Assert.Equal("(2048, 6) (6,) (6, 4) (4,)", answer[1]);
        var (weight, bias) = (model.Read("head.1.weight"), model.Read("head.1.bias"));
        Assert.Equal([weight[0], weight[6], weight[1], bias[3]], answer[2].Split(' ').Select(number => float.Parse(number, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Keras_HasTheSameTensors_InAFileInItsLayout_AndLayersInTheSameOrder()
    {
        var (file, layers) = (SharedFolder.Require("data/weights/resnet50_keras_v1.h5"), SharedFolder.Require("keras_resnet50_layers.csv"));
        Assert.Equal(0, (await CommandRun.EmbeddedAsync(_images.Train("own", 1))).ExitCode);
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("own"), "--format", "keras-h5")).ExitCode);

        var lines = Python.Run("h5py", "python3-h5py", CompareLayers, "", _images.In("own/model.h5"), file).Split('\n');

        Assert.Equal("107 ['predictions'] []", lines[0]); // of another number of classes
        Assert.Equal([.. File.ReadLines(layers).Skip(1).Select(line => line.Split(',')[2]), "avg_pool", "predictions"], lines[1].Split(' '));
    }

    [Theory]
    [InlineData("--format keras", "--format: must be onnx, safetensors, torchvision or keras-h5, got 'keras'")]
    [InlineData("--format keras-h5", "--format: keras-h5 is for runs of Keras's graph")]
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
