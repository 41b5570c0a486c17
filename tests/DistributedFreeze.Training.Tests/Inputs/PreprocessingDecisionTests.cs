using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Inputs;

[Slow]
public sealed class PreprocessingDecisionTests(PreprocessingDecisionTests.Files files) : IClassFixture<PreprocessingDecisionTests.Files>
{
    private readonly SmallRuns _runs = files.Runs;

    /// <summary>The network of the files that are written here: their first layers alone are looked at, and this one has the fewest others.</summary>
    private static readonly ModelSpec Written = new() { Architecture = ModelArchitecture.ResNet18, Graph = NetworkGraph.TorchvisionV15 };

    public static TheoryData<Preprocessing> All => [Preprocessing.Caffe, Preprocessing.Torch, Preprocessing.Tf];

    [Theory]
    [MemberData(nameof(All))]
    public void LeftToTheWeights_ItIsWhatTheyWereTrainedWith(Preprocessing trainedWith)
    {
        foreach (var unsaid in (Preprocessing?[])[Preprocessing.Auto, null])
        {
            var (choice, warning) = Decide(Weights(trainedWith), unsaid);

            Assert.Equal(trainedWith, choice.Taken);
            Assert.Contains($"off with {trainedWith.ToString().ToLowerInvariant()}, ", choice.Reason, StringComparison.Ordinal);
            Assert.Null(warning);
        }
    }

    [Theory]
    [InlineData(Preprocessing.Caffe, Preprocessing.Torch)]
    [InlineData(Preprocessing.Torch, Preprocessing.Caffe)]
    [InlineData(Preprocessing.Tf, Preprocessing.Caffe)]
    [InlineData(Preprocessing.Tf, Preprocessing.Torch)]
    public void AChoiceThatTheWeightsRuleOut_IsRefused_UnlessSomeoneInsists(Preprocessing trainedWith, Preprocessing chosen)
    {
        var weights = Weights(trainedWith);
        var (right, wrong) = (trainedWith.ToString().ToLowerInvariant(), chosen.ToString().ToLowerInvariant());

        var refused = Assert.Single(Assert.Throws<InvalidInputException>(() => Decide(weights, chosen)).Problems);
        var (choice, warning) = Decide(weights, chosen, force: true);

        Assert.Equal("data.preprocess", refused.Field);
        Assert.StartsWith($"is {wrong}, but the weights were trained with {right}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("`data.force_preprocess: true`", refused.Message, StringComparison.Ordinal);
        Assert.Equal(chosen, choice.Taken);
        Assert.Contains($"trained with {right}", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}""", "preprocessor_config.json says mean 0.5, 0.5, 0.5 and deviation 0.5, 0.5, 0.5, which is preprocessing tf, and torch is taken: measured. `data.preprocess: tf` follows the note.")]
    [InlineData("""{"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}""", null)]
    [InlineData("""{"image_mean": [0.1, 0.2, 0.3], "image_std": [1, 1, 1]}""", null)]
    [InlineData("""{"size": 224}""", null)]
    public void ANoteBesideTheWeights_ThatSaysSomethingElse_IsWarnedOf(string note, string? expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("preprocessor_config.json", note);

        Assert.Equal(expected, PreprocessingDecision.Contradiction(Path.Combine(folder.Path, "model.safetensors"), new(Preprocessing.Torch, "measured")));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void AChoiceThatTheWeightsBearOut_IsTaken(Preprocessing trainedWith)
    {
        var (choice, warning) = Decide(Weights(trainedWith), trainedWith);

        Assert.Equal(trainedWith, choice.Taken);
        Assert.Null(warning);
    }

    [Theory]
    [InlineData(Preprocessing.Auto, Preprocessing.Torch)]
    [InlineData(null, Preprocessing.Torch)]
    [InlineData(Preprocessing.Caffe, Preprocessing.Caffe)]
    public void RandomWeights_RememberNothing_AndTakeTorchWhereNothingIsSaid(Preprocessing? chosen, Preprocessing taken)
    {
        var (choice, warning) = Decide(weights: null, chosen);

        Assert.Equal(taken, choice.Taken);
        Assert.Null(warning);
    }

    /// <summary>Kernels as they are drawn at first, and a batch norm that never saw an image: such a file says nothing that could rule out torch.</summary>
    [Fact]
    public void WeightsThatWereNeverTrained_RuleOutNeitherTorchNorTf()
    {
        var weights = Write("drawn", mean: null, variance: null);

        Assert.Equal(Preprocessing.Torch, Decide(weights, Preprocessing.Torch).Choice.Taken);
        Assert.Equal(Preprocessing.Tf, Decide(weights, Preprocessing.Tf).Choice.Taken);
        Assert.Throws<InvalidInputException>(() => Decide(weights, Preprocessing.Caffe));
    }

    [Fact]
    public void WeightsThatRememberNoneOfTheThree_AreWarnedOf()
    {
        var weights = Write("odd", [.. Enumerable.Repeat(1e4f, 64)], [.. Enumerable.Repeat(1e-4f, 64)]);

        Assert.Contains("none of caffe, torch and tf explains", Decide(weights, Preprocessing.Auto).Warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data/trashnet4", 224)]
    [InlineData("data/trashnet4", 64)]
    [InlineData(null, 48)] // drawn discs and stripes, and yet weights of photographs
    public void RealWeights_AreTakenForWhatTheyAre(string? images, int size)
    {
        var weights = SharedFolder.Require("data/weights/resnet50_keras_v1.h5");
        var data = new DataSpec { Path = images is null ? _runs.Data : SharedFolder.Require(images), ImageSize = size };

        using var stores = new FeatureStores();
        var spec = Spec(weights, data);
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var (choice, warning) = Decide(workspace);

        Assert.Equal(Preprocessing.Torch, choice.Taken); // SOURCE.txt beside them says so
        Assert.Null(warning);
        foreach (var wrong in (Preprocessing[])[Preprocessing.Caffe, Preprocessing.Tf])
        {
            using var chosen = workspace.Lend(spec with { Data = data with { Preprocessing = wrong } }, workspace.Run.Data);
            var refused = Assert.Throws<InvalidInputException>(() => Decide(chosen));
            Assert.Contains("trained with torch", refused.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Black lines on white have more contrast than photographs: taken alone they would speak for tf.</summary>
    [Fact]
    public void RealWeights_ShownDrawings_AreStillThoseOfPhotographs()
    {
        var weights = SharedFolder.Require("data/weights/resnet50_keras_v1.h5");
        var folder = _runs.In("lines");
        for (var i = 0; i < 8; i++)
        {
            DrawLines(Path.Combine(folder, i % 2 == 0 ? "even" : "odd", $"{i}.png"), i);
        }

        var choice = Decide(weights, new DataSpec { Path = folder, ImageSize = 96 }).Choice;

        Assert.Equal(Preprocessing.Torch, choice.Taken);
    }

    /// <summary>Images, and weights files that are written once.</summary>
    public sealed class Files : IDisposable
    {
        internal SmallRuns Runs { get; } = new();

        public void Dispose() => Runs.Dispose();
    }

    private (PreprocessingChoice Choice, string? Warning) Decide(string? weights, Preprocessing? chosen, bool force = false) =>
        Decide(weights, _runs.TwoPhases("run").Data with { Preprocessing = chosen, ForcePreprocessing = force });

    private (PreprocessingChoice Choice, string? Warning) Decide(string? weights, DataSpec data)
    {
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(Spec(weights, data), stores, TestContext.Current.CancellationToken);
        return Decide(workspace);
    }

    private static (PreprocessingChoice Choice, string? Warning) Decide(RunWorkspace workspace) =>
        PreprocessingDecision.Of(workspace.Run, workspace.Features.Pixels, workspace.Weights.On(CPU));

    private RunSpec Spec(string? weights, DataSpec data)
    {
        var spec = _runs.TwoPhases("run");
        return spec with { Data = data, Shards = 1, BatchSize = 4, Model = (Path.GetExtension(weights) == ".safetensors" ? Written : spec.Model) with { Weights = weights } };
    }

    private static void DrawLines(string path, int seed)
    {
        const int Size = 96;
        using var surface = SkiaSharp.SKSurface.Create(new SkiaSharp.SKImageInfo(Size, Size));
        surface.Canvas.Clear(SkiaSharp.SKColors.White);
        using var ink = new SkiaSharp.SKPaint { Color = SkiaSharp.SKColors.Black, StrokeWidth = 2 };
        for (var i = 0; i < 24; i++)
        {
            surface.Canvas.DrawLine((37 * i + seed) % Size, (59 * i) % Size, (83 * i) % Size, (11 * i + 7 * seed) % Size, ink);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var image = surface.Snapshot();
        using var png = image.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        png.SaveTo(file);
    }

    /// <summary>Random weights whose first batch norm has the statistics of the training images in one preprocessing.</summary>
    private string Weights(Preprocessing preprocessing)
    {
        using var scope = NewDisposeScope();
        var (mean, variance) = Statistics(preprocessing);
        return Write(preprocessing.ToString(), mean, variance);
    }

    private string Write(string name, float[]? mean, float[]? variance)
    {
        var specs = LayerTable.For(Written).Layers.SelectMany(layer => layer.Tensors).ToList();
        var path = _runs.In($"{name}.safetensors");
        if (File.Exists(path))
        {
            return path;
        }

        using var writer = new SafetensorsWriter(path, specs.Select(spec => new TensorInfo(spec.Name, "F32", spec.Shape)), new Dictionary<string, string>());
        foreach (var spec in specs.OrderBy(spec => spec.Name, StringComparer.Ordinal))
        {
            var values = new float[spec.Elements];
            RandomWeights.Draw(seed: 7, spec, values);
            writer.Write(spec.Name, spec.Name switch
            {
                "conv1_bn.running_mean" => mean ?? values,
                "conv1_bn.running_var" => variance ?? values,
                _ => values,
            });
        }

        writer.Commit();
        return path;
    }

    private (float[] Mean, float[] Variance) Statistics(Preprocessing preprocessing)
    {
        const int Size = 48;
        var decoder = new ImageDecoder(Size, ResizeMode.Stretch, DataSpec.DefaultMaxPixels);
        var inputs = Directory.EnumerateFiles(Path.Combine(_runs.Data, "train"), "*.png", SearchOption.AllDirectories).Select(path =>
        {
            var (rgb, values) = (new byte[Size * Size * 3], new float[Size * Size * 3]);
            decoder.Read(path, rgb);
            Normalizer.ToTensorLayout(rgb, Size, preprocessing, values);
            return tensor(values, [1, 3, Size, Size]);
        });
        var kernel = empty(64, 3, 7, 7);
        RandomWeights.Draw(seed: 7, new("conv1_conv.weight", [64, 3, 7, 7], IsStatistic: false), MemoryMarshal.Cast<byte, float>(kernel.bytes));
        var output = nn.functional.conv2d(cat([.. inputs]), kernel, strides: [2, 2], padding: [3, 3]);
        return (output.mean([0, 2, 3]).data<float>().ToArray(), output.var([0, 2, 3], unbiased: false).data<float>().ToArray());
    }
}
