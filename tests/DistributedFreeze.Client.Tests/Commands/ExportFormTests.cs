using System.Text.Json;
using DistributedFreeze.Data;
using DistributedFreeze.Inference;
using DistributedFreeze.Inference.Images;
using Microsoft.ML.OnnxRuntime;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>What an ONNX model takes and gives, and in 8 bits.</summary>
[Slow(seconds: 30)]
public sealed class ExportFormTests(ExportFormTests.Trained trained) : IClassFixture<ExportFormTests.Trained>
{
    private const int Size = 40;

    private readonly DrawnImages _images = trained.Images;

    [Fact]
    public async Task LogitsAndFeatures_OfPreprocessedImages_AreThoseThatThePixelsGive()
    {
        var (plain, other) = (_images.In("plain.onnx"), _images.In("other.onnx"));
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", plain)).ExitCode);

        var run = await CommandRun.OfAsync("export", _images.In("run"), "--to", other, "--logits", "--features", "--preprocessed");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(
            [
                "input          N x 3 x 40 x 40 floats, preprocessing torch",
                "logits         N x 4 floats: disc, square, stripes, triangle",
                "features       N x 2048 floats",
                "predict, evaluate and serve take a model that takes pixels and gives probabilities, not this one",
            ],
            run.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[1..]);
        using var classifier = ImageClassifier.Open(plain);
        var image = Directory.EnumerateFiles(_images.In("images"), "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        var (logits, features) = Run(other, Preprocessed(image));
        Assert.Equal(2048, features.Length);
        Assert.All(features, value => Assert.True(value >= 0)); // means of what a ReLU gave
        Assert.Equal(classifier.Classify(image).AsEnumerable(), Softmax(logits), (a, b) => Math.Abs(a - b) < 1e-6);
        var predicted = await CommandRun.OfAsync("predict", other, image);
        Assert.Equal(2, predicted.ExitCode);
        Assert.Contains("is another kind of model", predicted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EightBits_TakeAQuarterOfTheSize_AndAnswerNearlyTheSame()
    {
        var (floats, bytes) = (_images.In("floats.onnx"), _images.In("run/model-int8.onnx"));
        Assert.Equal(0, (await CommandRun.OfAsync("export", _images.In("run"), "--to", floats, "--features")).ExitCode);

        var run = await CommandRun.OfAsync("export", _images.In("run"), "--int8", "--features", "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var int8 = json.RootElement.GetProperty("int8");
        Assert.InRange(new FileInfo(bytes).Length, 1, new FileInfo(floats).Length * 0.26);
        Assert.True(int8.GetProperty("validationImages").GetInt32() > 0);
        Assert.True(int8.GetProperty("accuracyBefore").GetDouble() > 0);
        using (var session = new InferenceSession(bytes))
        {
            Assert.Equal(int8.GetRawText(), session.ModelMetadata.CustomMetadataMap["int8"]);
        }

        using var pair = new Pair(floats, bytes);
        var (before, after) = pair;
        foreach (var image in Directory.EnumerateFiles(_images.In("images"), "*.png", SearchOption.AllDirectories).Take(8))
        {
            Assert.Equal(before.Classify(image).AsEnumerable(), after.Classify(image), (a, b) => Math.Abs(a - b) < 0.1);
            Assert.InRange(System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(Features(floats, image), Features(bytes, image)), 0.99f, 1.0001f);
        }

        Assert.False(File.Exists(_images.In("run/model.onnx"))); // which predict and serve take for the run's own
    }

    [Theory]
    [InlineData("model-logits.onnx", "--logits")]
    [InlineData("model-preprocessed.onnx", "--preprocessed", "--features")]
    public async Task AFormThatOtherCommandsDoNotTake_HasANameThatTheyDoNotLookFor(string name, params string[] options)
    {
        var run = await CommandRun.OfAsync(["export", _images.In("run"), .. options]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith(_images.In($"run/{name}"), run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(_images.In("run/model.onnx")));
    }

    [Fact]
    public async Task EightBits_CanBeCalibratedToo()
    {
        var run = await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("both.onnx"), "--int8", "--calibrate");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("8 bits, ranges found on ", run.Output, StringComparison.Ordinal);
        Assert.Contains("calibrated at temperature ", run.Output, StringComparison.Ordinal);
        using var classifier = ImageClassifier.Open(_images.In("both.onnx"));
        Assert.NotNull(classifier.Temperature);
    }

    [Fact]
    public async Task EightBits_AreJudgedByTheRunsOwnImagesAlone()
    {
        DemoImages.Write(_images.In("others"), seed: 2, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 2);

        var run = await CommandRun.OfAsync("export", _images.In("run"), "--to", _images.In("others.onnx"), "--int8", "--data", _images.In("others"));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: --data: the images in {_images.In("others")} have changed since the run: ", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(_images.In("others.onnx")));
    }

    [Theory]
    [InlineData("--format torchvision --int8", "--int8: is for --format onnx: torchvision holds the tensors as they were trained")]
    [InlineData("--format safetensors --features", "--features: is for --format onnx: safetensors holds tensors alone")]
    [InlineData("--data .", "--data: is for --calibrate and --int8: an export looks at no images otherwise")]
    public async Task WhatDoesNotGoTogether_IsSaid(string options, string expected)
    {
        var run = await CommandRun.OfAsync(["export", _images.In("run"), .. options.Split(' ')]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"error: {expected}", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static byte[] Pixels(string image)
    {
        var pixels = new byte[Size * Size * 3];
        new ImageDecoder(new Runs.DataSpec { Path = "", ImageSize = Size }).Read(image, pixels);
        return pixels;
    }

    private static float[] Features(string model, string image)
    {
        using var session = new InferenceSession(model);
        using var options = new RunOptions();
        using var tensor = OrtValue.CreateTensorValueFromMemory(Pixels(image), [1, Size, Size, 3]);
        using var outputs = session.Run(options, ["images"], [tensor], ["features"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static float[] Preprocessed(string image)
    {
        var pixels = Pixels(image);
        float[] means = [0.485f, 0.456f, 0.406f], deviations = [0.229f, 0.224f, 0.225f];
        return [.. Enumerable.Range(0, pixels.Length).Select(i => ((pixels[(i % (Size * Size) * 3) + (i / (Size * Size))] / 255f) - means[i / (Size * Size)]) / deviations[i / (Size * Size)])];
    }

    private static (float[] Logits, float[] Features) Run(string model, float[] input)
    {
        using var session = new InferenceSession(model);
        using var options = new RunOptions();
        using var tensor = OrtValue.CreateTensorValueFromMemory(input, [1, 3, 40, 40]);
        using var outputs = session.Run(options, ["input"], [tensor], ["logits", "features"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static IEnumerable<float> Softmax(float[] logits) => logits.Select(logit => (float)(Math.Exp(logit) / logits.Sum(other => Math.Exp(other))));

    private sealed class Pair(string first, string second) : IDisposable
    {
        private readonly ImageClassifier _first = ImageClassifier.Open(first);
        private readonly ImageClassifier _second = ImageClassifier.Open(second);

        public void Deconstruct(out ImageClassifier first, out ImageClassifier second) => (first, second) = (_first, _second);

        public void Dispose()
        {
            _first.Dispose();
            _second.Dispose();
        }
    }

    /// <summary>A run with validation images.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        internal DrawnImages Images { get; } = new();

        public async ValueTask InitializeAsync()
        {
            var run = await CommandRun.EmbeddedAsync(Images.Train("run", 2, "--validation-share", "0.25"));
            Assert.True(run.ExitCode == 0, run.Error);
        }

        public ValueTask DisposeAsync()
        {
            Images.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
