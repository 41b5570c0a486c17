using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Onnx;
using DistributedFreeze.Training.Runs;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Training.Bases;

/// <summary>Heads on graphs of others, beside ONNX Runtime with the whole graph and a head that the test computes.</summary>
[Slow(seconds: 30)]
public sealed class OnnxBaseTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public static TheoryData<string> Graphs => ["depthwise", "depthwise of 3 images", "channels last", "attention", "tokens", "patches", "external"];

    [Theory]
    [MemberData(nameof(Graphs))]
    public async Task TheExportedModel_GivesWhatTheWholeGraphAndTheHeadGive(string kind)
    {
        var (graph, toBoundary, pool) = GraphOf(kind);
        var spec = RunBases.Resolve(Spec(Write(graph, "model.onnx"), "run"));
        var receipt = (await LocalRun.RunAsync(spec, 1)).Receipt!;
        using var run = TrainedRun.Open(spec.Output);
        using var network = TrainedNetwork.Open(run);
        using var classifier = ImageClassifier.Of(OnnxModel.ToArray(network), "exported");
        using var whole = new InferenceSession(ToMemory(toBoundary));

        var images = Directory.EnumerateFiles(Path.Combine(_runs.Data, "test"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        var pixels = Pixels(images);
        var answers = classifier.ClassifyPixels(pixels);

        Assert.Equal(1, receipt.FrozenLayers.Count(layer => layer.Layer == "base" && layer.Before == receipt.BaseSha256 && layer.After == receipt.BaseSha256));
        for (var image = 0; image < images.Count; image++)
        {
            var expected = Head(run.Tensors, pool(Features(whole, pixels.AsSpan(image * classifier.ImageBytes, classifier.ImageBytes), kind == "channels last")));
            Assert.All(expected.Zip(answers[image]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }

        Assert.NotEqual(answers[0], answers[^1]);
    }

    [Fact]
    public async Task Replicas_NeverChangeTheBits()
    {
        var models = new List<string>();
        foreach (var replicas in (int[])[1, 2, 3, 4])
        {
            models.Add((await LocalRun.RunAsync(RunBases.Resolve(Spec(Write(StrangeGraphs.Tokens(), "model.onnx"), $"on-{replicas}")), replicas)).Receipt!.ModelSha256);
        }

        Assert.Single(models.Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false, OnnxGraph.AnyNumber)]
    [InlineData(true, 1)]
    public void WhatDependsOnItsNeighbours_IsExportedForOneImageAtATime(bool isQuantised, long batch)
    {
        var graph = StrangeGraphs.Mobile(end: "features");
        if (isQuantised)
        {
            graph = StrangeGraphs.Mobile(end: "again").Node("DynamicQuantizeLinear", "features", "bytes,scale,zero").Node("DequantizeLinear", "bytes scale zero", "again");
        }

        using var export = new GraphExport(RunBases.Resolve(Spec(Write(graph, "model.onnx"), "run")), null);

        Assert.Equal(batch, export.Batch);
    }

    [Fact]
    public async Task AnotherFileThanTheRunBeganWith_IsRefused()
    {
        var path = Write(StrangeGraphs.Mobile(), "model.onnx");
        var spec = RunBases.Resolve(Spec(path, "run"));
        await LocalRun.RunAsync(spec, 1);
        Write(StrangeGraphs.Mobile(14), "model.onnx");

        using var run = TrainedRun.Open(spec.Output);
        var refused = Assert.Throws<Errors.InvalidInputException>(() => TrainedNetwork.Open(run));
        Assert.Contains("is not what the run began with", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<Errors.InvalidInputException>(() => LocalRun.RunAsync(spec with { Output = _runs.In("again") }, 1));
    }

    public void Dispose() => _runs.Dispose();

    /// <returns>The graph, the same graph up to the boundary, and how that becomes features.</returns>
    private (OnnxWriter Graph, OnnxWriter ToBoundary, Func<float[], float[]> Pool) GraphOf(string kind)
    {
        const int Width = StrangeGraphs.TokenFeatures;
        switch (kind)
        {
            case "attention":
                return (StrangeGraphs.Tokens(), StrangeGraphs.Tokens("features"), features => features);
            case "tokens":
                return (StrangeGraphs.Tokens("norm"), StrangeGraphs.Tokens("norm"), tokens => tokens[..Width]);
            case "patches":
                return (StrangeGraphs.Tokens("norm", withClassToken: false), StrangeGraphs.Tokens("norm", withClassToken: false),
                    tokens => [.. Enumerable.Range(0, Width).Select(channel => Enumerable.Range(0, tokens.Length / Width).Average(token => tokens[(token * Width) + channel]))]);
            case "channels last":
                return (StrangeGraphs.Mobile(14, batch: 1, channelsLast: true), StrangeGraphs.Mobile(14, channelsLast: true, end: "features"), features => features);
            case "depthwise of 3 images":
                return (StrangeGraphs.Mobile(batch: 3), StrangeGraphs.Mobile(end: "features"), features => features);
            case "external":
                var graph = StrangeGraphs.Mobile(11, external: "weights.bin");
                File.WriteAllBytes(_runs.In("weights.bin"), graph.ExternalBytes);
                return (graph, StrangeGraphs.Mobile(11, end: "features"), features => features);
            default:
                return (StrangeGraphs.Mobile(11, size: -1), StrangeGraphs.Mobile(11, end: "features"), features => features);
        }
    }

    private RunSpec Spec(string path, string output)
    {
        var spec = _runs.TwoPhases(output);
        return spec with
        {
            Model = new() { Base = path, Head = new() { Hidden = [6], Init = HeadInit.Glorot } },
            Phases = [new() { Epochs = 2, Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-2 } }],
        };
    }

    private string Write(OnnxWriter graph, string name)
    {
        File.WriteAllBytes(_runs.In(name), graph.ToArray());
        return _runs.In(name);
    }

    private static byte[] ToMemory(OnnxWriter graph) => graph.ToArray();

    private static byte[] Pixels(List<string> images)
    {
        var decoder = new ImageDecoder(new DataSpec { Path = ".", ImageSize = StrangeGraphs.Size });
        var pixels = new byte[images.Count * StrangeGraphs.Size * StrangeGraphs.Size * 3];
        for (var image = 0; image < images.Count; image++)
        {
            decoder.Read(images[image], pixels.AsSpan(image * StrangeGraphs.Size * StrangeGraphs.Size * 3, StrangeGraphs.Size * StrangeGraphs.Size * 3));
        }

        return pixels;
    }

    /// <summary>torchvision's preprocessing, and the graph as it is.</summary>
    private static float[] Features(InferenceSession whole, ReadOnlySpan<byte> rgb, bool channelsLast)
    {
        var (mean, deviation) = (new[] { 0.485f, 0.456f, 0.406f }, new[] { 0.229f, 0.224f, 0.225f });
        const int Area = StrangeGraphs.Size * StrangeGraphs.Size;
        var input = new float[3 * Area];
        for (var i = 0; i < input.Length; i++)
        {
            var channel = i % 3;
            input[channelsLast ? i : (channel * Area) + (i / 3)] = ((rgb[i] / 255f) - mean[channel]) / deviation[channel];
        }

        var name = whole.InputMetadata.Keys.Single();
        long[] shape = channelsLast ? [1, StrangeGraphs.Size, StrangeGraphs.Size, 3] : [1, 3, StrangeGraphs.Size, StrangeGraphs.Size];
        using var value = OrtValue.CreateTensorValueFromMemory(input, shape);
        using var options = new RunOptions();
        using var outputs = whole.Run(options, [name], [value], [whole.OutputMetadata.Keys.Single()]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>Probabilities of a head with one hidden layer.</summary>
    private static double[] Head(ITensorFile trained, float[] features)
    {
        var hidden = Dense(trained, "head.0", features).Select(value => Math.Max(0, value)).ToArray();
        var logits = Dense(trained, "head.1", [.. hidden.Select(value => (float)value)]);
        var sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    private static double[] Dense(ITensorFile trained, string layer, float[] input)
    {
        var (weight, bias) = (trained.Read($"{layer}.weight"), trained.Read($"{layer}.bias"));
        return [.. bias.Select((offset, output) => offset + input.Select((value, i) => (double)value * weight[(output * input.Length) + i]).Sum())];
    }
}
