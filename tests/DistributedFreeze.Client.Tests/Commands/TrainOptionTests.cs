using System.Text;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Devices;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class TrainOptionTests
{
    private const string OnePhase = """
        data: { path: images, image_size: 128 }
        model: { classes: 4, head: { hidden: [32] } }
        batch_size: 16
        output: out
        phases:
          - unfreeze_layers: 10
            epochs: 3
            optimizer: sgd
            learning_rate: 0.5
        """;

    [Fact]
    public async Task ADash_IsStandardInput()
    {
        var run = await CommandRun.PipedAsync(Encoding.UTF8.GetBytes(OnePhase), "train", "-f", "-", "--epochs", "4");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal((16, 4, "images"), (run.Train!.Spec.BatchSize, run.Train.Spec.Phases[0].Epochs, run.Train.Spec.Data.Path));
    }

    [Theory]
    [InlineData("plan", "batch_size: [", "error: standard input: line 2, column 1: is not valid YAML")]
    [InlineData("train", "bach_size: 8\nphases: [{ epochs: 1 }]\ndata: {path: x}\noutput: o", "error: bach_size: unknown field 'bach_size'; did you mean batch_size? (standard input line 1)")]
    [InlineData("submit", "", "error: standard input: is empty")]
    [InlineData("train", "a: \u00ff", "error: standard input: is not text in UTF-8")]
    public async Task WhatIsWrongInStandardInput_IsSaidByItsPlace(string command, string text, string error)
    {
        var run = await CommandRun.PipedAsync(Encoding.Latin1.GetBytes(text), command, "-f", "-");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryOption_GivesItsField()
    {
        var run = await CommandRun.OfAsync(
            "train", "--data", "images", "--weights", "w.h5", "--model", "wide-resnet50-2", "--graph", "torchvision-v1.5", "--preprocess", "tf", "--force-preprocess", "--resize", "crop", "--color-profiles", "apply", "--split", "80/15/5",
            "--image-size", "96", "--max-pixels", "123456789", "--augment-crop", "0.5", "--flip", "0.25", "--brightness", "0.1", "--contrast", "0.2", "--saturation", "0.3", "--erase", "0.4", "--pixel-mixup", "0", "--cutmix", "0",
            "--views", "8", "--features", "fp16", "--prefix-engine", "torch", "--cache", "on", "--cache-dir", "kept", "--cache-memory", "512M",
            "--cache-disk", "1T", "--classes", "7", "--head", "256, 64", "--dropout", "0.5", "--head-init", "glorot", "--unfreeze-layers", "32", "--epochs", "9",
            "--optimizer", "adamw", "--lr", "1e-4", "--head-lr", "0.01", "--rates", "conv5_block3_*=0.1,conv5_block2_*=0.01", "--layer-decay", "0.75", "--weight-decay", "0.05", "--weight-decay-on", "all", "--momentum", "0.7",
            "--schedule", "step", "--warmup-epochs", "0.5", "--step-epochs", "2", "--plateau-patience", "3", "--gamma", "0.5", "--batch-norm", "train", "--clip-norm", "1.5", "--ema", "0.99", "--batch", "64", "--shards", "16", "--seed", "-3", "--threads", "2",
            "--replicas", "4", "--min-replicas", "3", "--device", "cpu", "--precision", "bf16", "--exchange", "bf16", "--sampling", "balanced", "--label-smoothing", "0.1", "--mixup", "0.2", "--feature-brightness", "0.4", "--feature-contrast", "0.3", "--feature-per-channel", "--class-weights", "rose=2, a=b=0.5", "--output", "run1", "--json");

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.True(run.Train!.Json);
        Assert.False(run.Train.Resume);
        var spec = run.Train.Spec;
        Assert.Equal(
            new DataSpec
            {
                Path = "images",
                ImageSize = 96,
                Resize = ResizeMode.Crop,
                ColorProfiles = ColorProfiles.Apply,
                MaxPixels = 123_456_789,
                Preprocessing = Preprocessing.Tf,
                ForcePreprocessing = true,
                Split = "80/15/5",
                Augmentation = new() { CropScale = 0.5, Flip = 0.25, Brightness = 0.1, Contrast = 0.2, Saturation = 0.3, Erase = 0.4, Views = 8 },
            },
            spec.Data);
        Assert.Equal(
            new FeatureSpec
            {
                Type = FeatureType.Fp16,
                Engine = PrefixEngine.Torch,
                Cache = FeatureCacheMode.On,
                Directory = "kept",
                MemoryBytes = 512L << 20,
                DiskBytes = 1L << 40,
            },
            spec.Features);
        Assert.Equal((ClassWeighting.None, NamedNumbers.Of(new() { ["rose"] = 2, ["a=b"] = 0.5 })), (spec.ClassWeights, spec.ClassFactors));
        Assert.Equal((3, DeviceChoice.Cpu, RunPrecision.Bf16, ExchangeType.Bf16, ImageSampling.Balanced, 0.1, 0.2), (spec.MinReplicas, spec.Device, spec.Precision, spec.Exchange, spec.Sampling, spec.LabelSmoothing, spec.Mixup));
        Assert.Equal(new FeatureAugmentationSpec { Brightness = 0.4, Contrast = 0.3, PerChannel = true }, spec.FeatureAugmentation);
        Assert.Equal((ModelArchitecture.WideResNet50x2, NetworkGraph.TorchvisionV15, "w.h5", 7), (spec.Model.Architecture, spec.Model.Graph, spec.Model.Weights, spec.Model.Classes));
        Assert.Equal([256, 64], spec.Model.Head.Hidden);
        Assert.Equal((0.5, HeadInit.Glorot), (spec.Model.Head.Dropout, spec.Model.Head.Init));
        Assert.Equal(
            new PhaseSpec
            {
                Freeze = new FreezePolicy.LastLayers(32),
                Epochs = 9,
                Optimizer = new()
                {
                    Kind = OptimizerKind.AdamW,
                    LearningRate = 1e-4,
                    HeadLearningRate = 0.01,
                    Rates = NamedNumbers.Of(new() { ["conv5_block3_*"] = 0.1, ["conv5_block2_*"] = 0.01 }),
                    LayerDecay = 0.75,
                    WeightDecay = 0.05,
                    WeightDecayOn = DecayedParameters.All,
                    Momentum = 0.7,
                },
                Schedule = new() { Kind = ScheduleKind.Step, WarmupEpochs = 0.5, StepEpochs = 2, Gamma = 0.5, Patience = 3 },
                BatchNorm = BatchNormMode.Train,
                ClipNorm = 1.5,
                Ema = 0.99,
            },
            Assert.Single(spec.Phases));
        Assert.Equal((64, 16, -3, 2, 4, "run1"), (spec.BatchSize, spec.Shards, spec.Seed, spec.ThreadsPerReplica, spec.Replicas, spec.Output));
    }

    [Theory]
    [InlineData("rose=2,tulip", "error: --class-weights: must be names and numbers such as a=2,b=0.5, got 'tulip' among them")]
    [InlineData("rose=much", "error: --class-weights rose: must be a number, got 'much'")]
    [InlineData("rose=1,rose=2", "error: --class-weights rose: is given twice")]
    [InlineData("rose=0", "error: --class-weights: is 0 for 'rose', but must be above 0 and at most 1000000")]
    [InlineData("evenly", "error: --class-weights: must be none or balanced, or numbers by class, got 'evenly'")]
    public async Task NumbersByNameThatAreNone_AreRefused(string value, string error)
    {
        var run = await CommandRun.OfAsync("train", "--data", "images", "--output", "out", "--class-weights", value);

        Assert.Equal((2, error), (run.ExitCode, Assert.Single(run.ErrorLines)));
    }

    [Fact]
    public async Task WithoutOptions_TheRunHasTheDefaultsOfTheSpecification()
    {
        var run = await CommandRun.OfAsync("train", "--data", "images", "--output", "out");

        var spec = run.Train!.Spec;
        Assert.Equal(new DataSpec { Path = "images" }, spec.Data);
        Assert.Equal(new FeatureSpec(), spec.Features);
        Assert.Equal(new PhaseSpec(), Assert.Single(spec.Phases));
        Assert.Equal((32, 4, null), (spec.BatchSize, spec.Shards, spec.Replicas));
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData("--unfreeze-layers 0", 30)]
    [InlineData("--unfreeze-layers 10", 10)]
    [InlineData("--unfreeze-stage conv5", 10)]
    [InlineData("--unfreeze-all --epochs 3", 3)]
    public async Task EpochsThatAreNotGiven_AreThoseOfWhatTrains(string options, int epochs)
    {
        var run = await CommandRun.OfAsync(
            ["train", "--data", "images", "--output", "out", "--random-weights", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        var spec = run.Train!.Spec;
        Assert.Equal(epochs, Assert.Single(spec.Phases).Epochs);
        Assert.True(spec.Model.RandomWeights);
    }

    [Theory]
    [InlineData("--unfreeze-from conv5_block1_1_conv", typeof(FreezePolicy.FromLayer))]
    [InlineData("--unfreeze-stage conv4", typeof(FreezePolicy.FromStage))]
    [InlineData("--unfreeze conv5_*,conv1_conv", typeof(FreezePolicy.Named))]
    [InlineData("--unfreeze-all", typeof(FreezePolicy.All))]
    [InlineData("--unfreeze-layers 0", typeof(FreezePolicy.LastLayers))]
    public async Task AFreezeOption_GivesItsPolicy(string option, Type policy)
    {
        var run = await CommandRun.OfAsync(["train", "--data", "images", "--output", "out", .. option.Split(' ')]);

        Assert.IsType(policy, run.Train!.Spec.Phases.Single().Freeze);
    }

    [Fact]
    public async Task AnOption_CountsMoreThanTheFile()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", OnePhase);

        var run = await CommandRun.OfAsync(
            "train", "-f", file, "--batch", "24", "--unfreeze-stage", "conv5", "--lr", "0.25", "--data", "other", "--head", "");

        var spec = run.Train!.Spec;
        Assert.Equal(24, spec.BatchSize);
        Assert.Equal("other", spec.Data.Path);
        Assert.Equal(Path.Combine(folder.Path, "out"), spec.Output);
        Assert.Equal(128, spec.Data.ImageSize);
        Assert.Empty(spec.Model.Head.Hidden);
        Assert.Equal(new FreezePolicy.FromStage("conv5"), spec.Phases[0].Freeze);
        Assert.Equal(3, spec.Phases[0].Epochs);
        Assert.Equal(new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.25 }, spec.Phases[0].Optimizer);
    }

    [Fact]
    public async Task AnOption_MayGiveWhatTheFileLacks()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", "phases: [ { epochs: 2 } ]");

        var run = await CommandRun.OfAsync("train", "--file", file, "--data", "images", "--output", "out");

        Assert.Equal("images", run.Train!.Spec.Data.Path);
    }

    [Fact]
    public async Task AnErrorBesideAFile_BlamesTheOptionOrTheLine()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", OnePhase.Replace("epochs: 3", "epochs: 0", StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("train", "-f", file, "--batch", "30");

        Assert.Equal(2, run.ExitCode);
        Assert.Null(run.Train);
        Assert.Equal(
            [
                "error: phases[0].epochs: is 0, but must be a whole number from 1 to 10000 (run.yaml line 7)",
                "error: --batch: is 30, but must be a multiple of shards, which is 4: 28 or 32 would do",
            ],
            run.ErrorLines);
    }

    [Fact]
    public async Task AnOption_ChangesOneFieldOfTheFilesAugmentation()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", OnePhase.Replace("image_size: 128", "augment: { flip: 0.5, views: 4 }", StringComparison.Ordinal));

        var run = await CommandRun.OfAsync("train", "-f", file, "--contrast", "0.25");

        Assert.Equal(new AugmentationSpec { Flip = 0.5, Contrast = 0.25, Views = 4 }, run.Train!.Spec.Data.Augmentation);
    }

    [Fact]
    public async Task WithoutAFile_ProblemsOfAugmentationAndFeaturesNameTheOptions()
    {
        var run = await CommandRun.OfAsync(
            "train", "--data", "images", "--output", "out", "--views", "8", "--cache-memory", "2048T", "--cache-disk", "-5");
        var random = await CommandRun.OfAsync("train", "--data", "images", "--output", "out", "--flip", "0.5", "--cache", "on");

        Assert.Equal((2, 2), (run.ExitCode, random.ExitCode));
        Assert.Equal(["error: --views", "error: --cache-memory", "error: --cache-disk"], run.ErrorLines.Select(Named));
        Assert.Equal("error: --cache", Named(Assert.Single(random.ErrorLines)));

        static string Named(string line) => line[..line.IndexOf(": is ", StringComparison.Ordinal)];
    }

    [Fact]
    public async Task AnOptionOfAPhase_IsRefusedBesideAFileOfTwo()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("run.yaml", OnePhase + "\n  - epochs: 1\n");

        var run = await CommandRun.OfAsync("train", "-f", file, "--epochs", "30", "--batch", "8");

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("error: --epochs: the file has 2 phases", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_TakesTheKeptRunWhereItLiesNow()
    {
        using var folder = new TemporaryFolder();
        var spec = RunFile.Parse(new StringReader(OnePhase), Path.Combine("before", "run.yaml"));
        new OutputFolder(folder.Path).Begin(spec);

        var run = await CommandRun.OfAsync("train", "--resume", folder.Path, "--replicas", "3", "--min-replicas", "2");

        Assert.Equal("", run.Error);
        Assert.True(run.Train!.Resume);
        Assert.Equal(folder.Path, run.Train.Spec.Output);
        Assert.Equal((3, 2), (run.Train.Spec.Replicas, run.Train.Spec.MinReplicas));
        Assert.Equal(spec.Phases.Single(), run.Train.Spec.Phases.Single());
    }

    [Fact]
    public async Task Resume_RefusesWhatWouldChangeTheRun()
    {
        using var folder = new TemporaryFolder();
        new OutputFolder(folder.Path).Begin(RunFile.Parse(new StringReader(OnePhase), "run.yaml"));

        var changed = await CommandRun.OfAsync("train", "--resume", folder.Path, "--lr", "1", "-f", "x.yaml");
        var missing = await CommandRun.OfAsync("train", "--resume", Path.Combine(folder.Path, "none"));

        Assert.Equal((2, 2), (changed.ExitCode, missing.ExitCode));
        Assert.Equal(["error: --file: cannot", "error: --lr: cannot"], changed.ErrorLines.Select(line => line[..line.IndexOf(" stand", StringComparison.Ordinal)]));
        Assert.StartsWith("error: --resume: ", Assert.Single(missing.ErrorLines), StringComparison.Ordinal);
    }
}
