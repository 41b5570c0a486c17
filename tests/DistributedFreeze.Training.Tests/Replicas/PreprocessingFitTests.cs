using System.Runtime.InteropServices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Runs;
using DistributedFreeze.Training.Weights;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

public sealed class PreprocessingFitTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    [Theory]
    [InlineData(Preprocessing.Caffe, Preprocessing.Torch)]
    [InlineData(Preprocessing.Torch, Preprocessing.Caffe)]
    [InlineData(Preprocessing.Tf, Preprocessing.Caffe)]
    public void AnotherPreprocessingThanTheWeightsRemember_IsWarnedOf(Preprocessing trainedWith, Preprocessing chosen)
    {
        var weights = Weights(trainedWith);

        var warning = Warning(weights, chosen);

        Assert.Contains($"with preprocessing {chosen.ToString().ToLowerInvariant()} its first layer", warning, StringComparison.Ordinal);
        Assert.Contains($"`data.preprocess: {trainedWith.ToString().ToLowerInvariant()}`", warning, StringComparison.Ordinal);
        Assert.Null(Warning(weights, trainedWith));
    }

    [Fact]
    public void RandomWeights_RememberNothing() => Assert.Null(Warning(weights: null, Preprocessing.Caffe));

    [Theory]
    [InlineData(null, "`data.preprocess: torch`")] // what Keras's own weights take, and these don't
    [InlineData(Preprocessing.Torch, null)]
    public void RealWeights_OnRealImages(Preprocessing? chosen, string? remedy)
    {
        var weights = SharedFolder.Require("data/weights/resnet50_keras_v1.h5");
        var spec = _runs.TwoPhases("real");
        spec = spec with
        {
            Data = new() { Path = SharedFolder.Require("data/trashnet4"), Preprocessing = chosen },
            Model = new() { Weights = weights },
        };

        var warning = Warning(spec);

        Assert.True(remedy is null ? warning is null : warning?.Contains(remedy, StringComparison.Ordinal) == true, warning);
    }

    public void Dispose() => _runs.Dispose();

    private string? Warning(string? weights, Preprocessing chosen)
    {
        var spec = _runs.TwoPhases("run");
        return Warning(spec with { Data = spec.Data with { Preprocessing = chosen }, Model = spec.Model with { Weights = weights } });
    }

    private static string? Warning(RunSpec spec)
    {
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        return PreprocessingFit.Warning(workspace, workspace.BaseOn(CPU), CPU);
    }

    /// <summary>Random weights whose first batch norm has the statistics of the training images in one preprocessing.</summary>
    private string Weights(Preprocessing preprocessing)
    {
        using var scope = NewDisposeScope();
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var (mean, variance) = Statistics(preprocessing);
        var specs = table.Layers.SelectMany(layer => layer.Tensors).ToList();
        var path = _runs.Output($"{preprocessing}.safetensors");
        using var writer = new SafetensorsWriter(path, specs.Select(spec => new TensorInfo(spec.Name, "F32", spec.Shape)), new Dictionary<string, string>());
        foreach (var spec in specs.OrderBy(spec => spec.Name, StringComparer.Ordinal))
        {
            var values = new float[spec.Elements];
            RandomWeights.Draw(seed: 7, spec, values);
            writer.Write(spec.Name, spec.Name switch
            {
                "conv1_bn.running_mean" => mean,
                "conv1_bn.running_var" => variance,
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
