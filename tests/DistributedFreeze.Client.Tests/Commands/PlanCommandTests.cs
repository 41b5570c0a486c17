using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class PlanCommandTests
{
    private const int Base = 23_587_712;

    private const string TwoPhases = """
        model: { classes: 4 }
        phases:
          - epochs: 2
          - { unfreeze_layers: 10, epochs: 3, learning_rate: 0.0001 }
        """;

    [Theory]
    [InlineData("", 8_196, 8_196)]
    [InlineData("--head 256", 525_572, 525_572)]
    [InlineData("--unfreeze-layers 2", 8_196, 8_196)]
    [InlineData("--unfreeze-layers 3", 4_096 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 10", 4_465_664 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 20", 8_931_328 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 25", 9_990_144 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 32", 14_976_000 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 42", 16_094_720 + 8_196, 8_196)]
    [InlineData("--unfreeze-layers 94", 22_084_608 + 8_196, 8_196)]
    [InlineData("--unfreeze-all", Base - 53_120 + 8_196, 8_196)]
    public async Task Json_HasTheCountsOfKeras(string options, long trainable, long head)
    {
        var plan = await JsonAsync(["--classes", "4", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        var parameters = plan.GetProperty("parameters");
        Assert.Equal(Base + head, parameters.GetProperty("total").GetInt64());
        Assert.Equal(trainable, parameters.GetProperty("trainable").GetInt64());
        Assert.Equal(Base + head - trainable, parameters.GetProperty("frozen").GetInt64());
        Assert.Equal(4 * trainable, plan.GetProperty("allReduceBytes").GetInt64());
    }

    [Fact]
    public async Task Json_NamesLayersBoundaryHashAndWarnings()
    {
        var plan = await JsonAsync("--classes", "4", "--unfreeze-layers", "3");

        Assert.Equal(["conv5_block3_3_bn"], plan.GetProperty("trainableLayers").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("conv5_block2_out", plan.GetProperty("boundary").GetString());
        Assert.Equal(64, plan.GetProperty("maskHash").GetString()!.Length);
        Assert.NotEqual(0, plan.GetProperty("warnings").GetArrayLength());
        Assert.Equal("keras-v1", plan.GetProperty("graph").GetString());
        Assert.Equal(7 * 7 * 2048 * 4, plan.GetProperty("featureBytes").GetInt64());
    }

    [Theory]
    [InlineData("", "Computed         in fp32, on GPUs where there are any, else the processor", "fp32", "auto")]
    [InlineData("--precision bf16 --device cpu", "Computed         in bf16 (weights, sums, batch norms, head and loss in fp32; frozen layers by TorchSharp), on the processor alone", "bf16", "cpu")]
    [InlineData("--precision tf32", "Computed         in tf32 (factors of convolutions and matrices rounded to 10 bits of fraction), on GPUs alone", "tf32", "cuda")]
    public async Task Plan_SaysInWhichNumbersAndOnWhat(string options, string line, string precision, string device)
    {
        string[] given = ["--classes", "4", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        var run = await CommandRun.OfAsync(["plan", .. given]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(line, run.Output.Split(Environment.NewLine));
        var plan = await JsonAsync(given);
        Assert.Equal((precision, device), (plan.GetProperty("precision").GetString(), plan.GetProperty("device").GetString()));
    }

    [Fact]
    public async Task Json_HasEveryPhaseAndTheFirstOneAtTheTop()
    {
        using var folder = new TemporaryFolder();

        var plan = await JsonAsync("-f", folder.Write("run.yaml", TwoPhases));

        var phases = plan.GetProperty("phases").EnumerateArray().ToList();
        Assert.Equal([8_196, 4_465_664 + 8_196], phases.Select(phase => phase.GetProperty("parameters").GetProperty("trainable").GetInt64()));
        Assert.Equal(8_196, plan.GetProperty("parameters").GetProperty("trainable").GetInt64());
        foreach (var field in plan.EnumerateObject().Select(field => field.Name).Except(["architecture", "graph", "imageSize", "resize", "classes", "classCount", "labelSmoothing", "mixup", "precision", "device", "phases", "memory"]))
        {
            Assert.Equal(plan.GetProperty(field).GetRawText().Where(IsInk), phases[0].GetProperty(field).GetRawText().Where(IsInk));
        }

        static bool IsInk(char letter) => !char.IsWhiteSpace(letter);
    }

    [Fact]
    public async Task Text_ListsTheLayersAndMarksTheBoundary()
    {
        var run = await CommandRun.OfAsync("plan", "--classes", "4", "--unfreeze-layers", "3");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n');
        var boundary = Assert.Single(lines, line => line.Contains("frozen, boundary", StringComparison.Ordinal));
        Assert.Contains("conv5_block2_out", boundary, StringComparison.Ordinal);
        var trainable = Assert.Single(lines, line => line.Contains("conv5_block3_3_bn ", StringComparison.Ordinal) && line.Contains("BatchNorm ", StringComparison.Ordinal));
        Assert.Matches("7x7x2048 +8,192 +trainable", trainable);
        Assert.Contains("23,595,908: 12,292 trainable, 23,583,616 frozen", run.Output, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.All(lines.Where(line => !line.StartsWith("warning", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 0, 100));
    }

    [Theory]
    [InlineData("", "Images           224 x 224, the whole image, stretched; ImageNet's weights expect --resize imagenet", "stretch")]
    [InlineData("--resize crop --image-size 96", "Images           96 x 96, the middle square; ImageNet's weights expect --resize imagenet", "crop")]
    [InlineData("--resize imagenet", "Images           224 x 224, shorter side to 256, then the middle", "imagenet")]
    public async Task HowImagesBecomeSquare_IsSaid(string options, string line, string word)
    {
        string[] all = ["--classes", "4", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        var text = await CommandRun.OfAsync(["plan", .. all]);

        Assert.Equal(line, text.Output.Split(Environment.NewLine)[0]);
        Assert.Equal(word, (await JsonAsync(all)).GetProperty("resize").GetString());
    }

    [Theory]
    [InlineData("", "cross-entropy")]
    [InlineData("--cutmix 1", "cross-entropy, pixels of images mixed in pairs while training")]
    [InlineData("--mixup 0.2", "cross-entropy, images mixed in pairs by Beta(0.2, 0.2) while training")]
    [InlineData("--feature-brightness 0.4 --feature-per-channel", "cross-entropy, features changed while training (brightness 0.4, contrast 0, each channel by itself)")]
    [InlineData("--feature-contrast 0.3", "cross-entropy, features changed while training (brightness 0, contrast 0.3, each image by itself)")]
    [InlineData("--label-smoothing 0.1", "cross-entropy, labels smoothed by 0.1 while training")]
    [InlineData("--class-weights balanced", "cross-entropy, every class counts the same")]
    [InlineData("--class-weights rose=2,tulip=0.5", "cross-entropy, rose x 2, tulip x 0.5")]
    public async Task WhatLossIsTrained_IsSaid(string options, string loss)
    {
        var text = await CommandRun.OfAsync(["plan", "--classes", "4", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal($"Loss             {loss}", text.Output.Split(Environment.NewLine)[1]);
    }

    [Theory]
    [InlineData("adamw", "weights, not biases and batch norms", "weights")]
    [InlineData("adam", "everything", "all")]
    public async Task WhatDecays_IsSaid(string optimizer, string decayed, string word)
    {
        string[] options = ["--classes", "4", "--optimizer", optimizer, "--weight-decay", "0.05"];

        var text = await CommandRun.OfAsync(["plan", .. options]);

        Assert.Contains($", weight decay 0.05 on {decayed}, constant", text.Output, StringComparison.Ordinal);
        Assert.Equal(word, (await JsonAsync(options)).GetProperty("phases")[0].GetProperty("weightDecayOn").GetString());
    }

    [Fact]
    public async Task RatesOfLayers_AreSaid()
    {
        string[] options = ["--classes", "4", "--unfreeze-layers", "10", "--rates", "conv5_*=0.1", "--layer-decay", "0.75"];

        var text = await CommandRun.OfAsync(["plan", .. options]);

        Assert.Contains("learning rate 0.001, conv5_* x 0.1, x 0.75 for each block from the head, constant", text.Output, StringComparison.Ordinal);
        Assert.Equal(0.1, (await JsonAsync(options)).GetProperty("phases")[0].GetProperty("rates").GetProperty("conv5_*").GetDouble());
    }

    [Fact]
    public async Task RatesThatMatchNothing_AreRefusedByTheOption()
    {
        var run = await CommandRun.OfAsync("plan", "--classes", "4", "--unfreeze-layers", "10", "--rates", "conv4_*=0.1");

        Assert.Equal((2, "error: --rates: glob 'conv4_*' matches no layer with parameters that trains in this phase"), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    [Fact]
    public async Task WhatIsAveraged_IsSaid()
    {
        string[] options = ["--classes", "4", "--ema", "0.99"];

        var text = await CommandRun.OfAsync(["plan", .. options]);

        Assert.Contains("the best epoch's weights, by validation loss, averaged with decay 0.99", text.Output, StringComparison.Ordinal);
        Assert.Equal(0.99, (await JsonAsync(options)).GetProperty("phases")[0].GetProperty("ema").GetDouble());
    }

    [Fact]
    public async Task WhatGradientsAreClippedTo_IsSaid()
    {
        string[] options = ["--classes", "4", "--clip-norm", "1.5"];

        var text = await CommandRun.OfAsync(["plan", .. options]);

        Assert.Contains(", constant, gradients clipped to norm 1.5\n", text.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(1.5, (await JsonAsync(options)).GetProperty("phases")[0].GetProperty("clipNorm").GetDouble());
    }

    [Fact]
    public async Task Text_OfSeveralPhasesListsTheLayersOfTheOneAskedFor()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", TwoPhases);

        var all = await CommandRun.OfAsync("plan", "-f", file);
        var second = await CommandRun.OfAsync("plan", "-f", file, "--phase", "2");

        Assert.Contains("Phase 1 of 2", all.Output, StringComparison.Ordinal);
        Assert.Contains("Phase 2 of 2", all.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("conv1_pad", all.Output, StringComparison.Ordinal);
        Assert.Contains("conv1_pad", second.Output[second.Output.IndexOf("Phase 2 of 2", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("train")]
    public async Task WithoutClasses_TheClassFoldersAreCounted(string inside)
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "glass", "metal", "paper", ".cache" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, inside, name));
        }

        var plan = await JsonAsync("--data", folder.Path);

        Assert.Equal(["glass", "metal", "paper"], plan.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(3, plan.GetProperty("classCount").GetInt32());
    }

    [Fact]
    public async Task WithoutClasses_AFolderWithoutClassFoldersIsRefused()
    {
        using var folder = new TemporaryFolder();

        var run = await CommandRun.OfAsync("plan", "--data", folder.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("holds 0 class folders", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutClasses_AFolderThatLiesTooHighIsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "photos/glass", "photos/metal", "__MACOSX" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, name));
        }

        folder.Write("photos/glass/1.png", "");
        folder.Write("photos/metal/1.png", "");

        var run = await CommandRun.OfAsync("plan", "--data", folder.Path);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(
            $"error: --data: '{folder.Path}' lies too high: the class folders are in '{folder.Path}/photos', so name that",
            Assert.Single(run.ErrorLines));
    }

    private static async Task<JsonElement> JsonAsync(params string[] options)
    {
        var run = await CommandRun.OfAsync(["plan", .. options, "--json"]);

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.Clone();
    }
}
