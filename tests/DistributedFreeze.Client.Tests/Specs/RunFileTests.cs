using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Client.Tests.Specs;

public sealed class RunFileTests
{
    private const string Whole = """
        data: { path: images, image_size: 192, resize: crop, color_profiles: apply, preprocess: torch, force_preprocess: true, max_skipped_share: 0.02, max_pixels: 1000000, validation_share: 0.1, test_share: 0.2, augment: { crop_scale: 0.5, flip: 0.25, brightness: 0.1, contrast: 0.2, saturation: 0.3, erase: 0.4, mixup: 0, cutmix: 0, views: 8 } }
        features: { type: bf16, engine: torch, cache: on, directory: cache, memory: 4G, disk: 100000 }
        model: { graph: torchvision-v1.5, weights: resnet50.h5, head: { hidden: [256, 64], dropout: 0.2, init: glorot }, classes: 4 }
        batch_size: 48
        shards: 4
        seed: -7
        threads_per_replica: 2
        replicas: 3
        min_replicas: 2
        device: cpu
        precision: bf16
        exchange: bf16
        sampling: balanced
        label_smoothing: 0.1
        mixup: 0.2
        feature_augmentation: { brightness: 0.4, contrast: 0.3, per_channel: true }
        class_weights: { rose: 2, "wild: rose": 0.5 }
        output: run1
        phases:
          - unfreeze_layers: 10
            epochs: 5
            optimizer: { rates: { conv5_*_bn: 0.1, "conv5_*_conv": 2 }, layer_decay: 0.75, kind: adamw, learning_rate: 0.002, head_learning_rate: 0.01, weight_decay: 0.0001, weight_decay_on: all, momentum: 0.8, beta1: .8, beta2: .99, epsilon: 1e-7 }
            schedule: { kind: cosine, warmup_epochs: 1.5 }
            batch_norm: train
            clip_norm: 1.5
            ema: 0.99
          - layers: ["conv5_*_bn", conv4_block6_3_conv]
            optimizer: sgd
            learning_rate: 0.0001
            schedule: one-cycle
          - schedule: { kind: step, step_epochs: 4, gamma: 0.5 }
          - schedule: { kind: plateau, patience: 3, gamma: 0.5 }
        """;

    [Fact]
    public void Parse_ReadsEveryField()
    {
        var spec = Parse(Whole);

        Assert.Equal(
            new DataSpec
            {
                Path = "images",
                ImageSize = 192,
                Resize = ResizeMode.Crop,
                ColorProfiles = ColorProfiles.Apply,
                Preprocessing = Preprocessing.Torch,
                ForcePreprocessing = true,
                MaxSkippedShare = 0.02,
                MaxPixels = 1_000_000,
                ValidationShare = 0.1,
                TestShare = 0.2,
                Augmentation = new() { CropScale = 0.5, Flip = 0.25, Brightness = 0.1, Contrast = 0.2, Saturation = 0.3, Erase = 0.4, Views = 8 },
            },
            spec.Data);
        Assert.Equal(
            new FeatureSpec
            {
                Type = FeatureType.Bf16,
                Engine = PrefixEngine.Torch,
                Cache = FeatureCacheMode.On,
                Directory = "cache",
                MemoryBytes = 4L << 30,
                DiskBytes = 100_000,
            },
            spec.Features);
        Assert.Equal(NetworkGraph.TorchvisionV15, spec.Model.Graph);
        Assert.Equal("resnet50.h5", spec.Model.Weights);
        Assert.Equal([256, 64], spec.Model.Head.Hidden);
        Assert.Equal((0.2, HeadInit.Glorot), (spec.Model.Head.Dropout, spec.Model.Head.Init));
        Assert.Equal(4, spec.Model.Classes);
        Assert.Equal((2, DeviceChoice.Cpu, RunPrecision.Bf16, ExchangeType.Bf16, ImageSampling.Balanced, 0.1, 0.2), (spec.MinReplicas, spec.Device, spec.Precision, spec.Exchange, spec.Sampling, spec.LabelSmoothing, spec.Mixup));
        Assert.Equal(new FeatureAugmentationSpec { Brightness = 0.4, Contrast = 0.3, PerChannel = true }, spec.FeatureAugmentation);
        Assert.Equal(
            (ClassWeighting.None, NamedNumbers.Of(new() { ["rose"] = 2, ["wild: rose"] = 0.5 })), (spec.ClassWeights, spec.ClassFactors));
        Assert.Equal((48, 4, -7, 2, 3, "run1"), (spec.BatchSize, spec.Shards, spec.Seed, spec.ThreadsPerReplica, spec.Replicas, spec.Output));
        Assert.Equal(
            new PhaseSpec
            {
                Freeze = new FreezePolicy.LastLayers(10),
                Epochs = 5,
                Optimizer = new()
                {
                    Kind = OptimizerKind.AdamW,
                    LearningRate = 0.002,
                    HeadLearningRate = 0.01,
                    Rates = NamedNumbers.Of(new() { ["conv5_*_bn"] = 0.1, ["conv5_*_conv"] = 2 }),
                    LayerDecay = 0.75,
                    WeightDecay = 0.0001,
                    WeightDecayOn = DecayedParameters.All,
                    Momentum = 0.8,
                    Beta1 = 0.8,
                    Beta2 = 0.99,
                    Epsilon = 1e-7,
                },
                Schedule = new() { Kind = ScheduleKind.Cosine, WarmupEpochs = 1.5 },
                BatchNorm = BatchNormMode.Train,
                ClipNorm = 1.5,
                Ema = 0.99,
            },
            spec.Phases[0]);
        Assert.Equal(["conv5_*_bn", "conv4_block6_3_conv"], Assert.IsType<FreezePolicy.Named>(spec.Phases[1].Freeze).Globs);
        Assert.Equal(new OptimizerSpec { Kind = OptimizerKind.Sgd, LearningRate = 0.0001 }, spec.Phases[1].Optimizer);
        Assert.Equal(new ScheduleSpec { Kind = ScheduleKind.OneCycle }, spec.Phases[1].Schedule);
        Assert.Equal(new ScheduleSpec { Kind = ScheduleKind.Step, StepEpochs = 4, Gamma = 0.5 }, spec.Phases[2].Schedule);
        Assert.Equal(new ScheduleSpec { Kind = ScheduleKind.Plateau, Patience = 3, Gamma = 0.5 }, spec.Phases[3].Schedule);
    }

    [Theory]
    [InlineData("none", ClassWeighting.None)]
    [InlineData("balanced", ClassWeighting.Balanced)]
    public void Parse_ReadsClassWeightsThatAreAWord(string word, ClassWeighting weighting)
    {
        var spec = Parse($"{{ data: {{ path: images }}, output: out, class_weights: {word}, phases: [ {{}} ] }}");

        Assert.Equal((weighting, NamedNumbers.None), (spec.ClassWeights, spec.ClassFactors));
        Assert.Equal(weighting, Parse(RunFile.Write(spec)).ClassWeights);
    }

    [Theory]
    [InlineData("evenly", "class_weights: must be none or balanced, or numbers by class, got 'evenly' (run.yaml line 1)")]
    [InlineData("[2]", "class_weights: must be none or balanced, or numbers by class, got a list (run.yaml line 1)")]
    [InlineData("{ rose: much }", "class_weights.rose: must be a number, got 'much' (run.yaml line 1)")]
    [InlineData("{ rose: 2, tulip: -1 }", "class_weights: is -1 for 'tulip', but must be above 0 and at most 1000000 (run.yaml line 1)")]
    public void Parse_RefusesOtherClassWeights(string value, string problem)
    {
        var text = $"{{ data: {{ path: images }}, output: out, class_weights: {value}, phases: [ {{}} ] }}";

        var refused = Assert.Throws<InvalidInputException>(() => RunFile.Parse(new StringReader(text), "run.yaml"));

        Assert.Equal(problem, string.Join('\n', refused.Problems.Select(one => $"{one.Field}: {one.Message}")));
    }

    /// <summary>It goes with a frozen base alone, and so with little else that a file can say.</summary>
    [Fact]
    public void Parse_ReadsWhatTheHeadReads()
    {
        var spec = Parse("{ data: { path: images }, output: out, model: { head: { inputs: [conv4_block6_out, conv3_block4_out] } }, phases: [ {} ] }");

        Assert.Equal(["conv4_block6_out", "conv3_block4_out"], spec.Model.Head.Inputs!.Value);
        Assert.Equal(["conv4_block6_out", "conv3_block4_out"], Parse(RunFile.Write(spec)).Model.Head.Inputs!.Value);
        Assert.Null(Parse(RunFile.Write(spec with { Model = new() })).Model.Head.Inputs);
    }

    [Fact]
    public void Parse_TakesTheDefaultsOfTheSpecification()
    {
        var spec = Parse("{ data: { path: images }, output: out, phases: [ { epochs: 5 } ] }");

        Assert.Equal(new DataSpec { Path = "images" }, spec.Data);
        Assert.Equal(new FeatureSpec(), spec.Features);
        Assert.Equal(new ModelSpec().Graph, spec.Model.Graph);
        Assert.Equal(new PhaseSpec { Epochs = 5 }, spec.Phases.Single());
        Assert.Equal((HeadInit.Zeros, false), (spec.Model.Head.Init, spec.Model.RandomWeights));
        Assert.Equal((1, DeviceChoice.Auto, RunPrecision.Fp32, ExchangeType.Fp32), (spec.MinReplicas, spec.Device, spec.Precision, spec.Exchange));
        Assert.Equal((32, 4, 0, 1, null), (spec.BatchSize, spec.Shards, spec.Seed, spec.ThreadsPerReplica, spec.Replicas));
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData("unfreeze: none", 30)]
    [InlineData("unfreeze_layers: 0", 30)]
    [InlineData("unfreeze_layers: 3", 10)]
    [InlineData("unfreeze: all", 10)]
    [InlineData("stage: conv5, epochs: 4", 4)]
    public void Parse_GivesEpochsByWhatTrains_AndWriteWritesThem(string phase, int epochs)
    {
        var spec = Parse($"{{ data: {{ path: images }}, output: out, phases: [ {{ {phase} }} ] }}");

        var text = RunFile.Write(spec);

        Assert.Equal(epochs, spec.Phases.Single().Epochs);
        Assert.Contains($"epochs: {epochs}\n", text, StringComparison.Ordinal);
        Assert.Equal(spec.Phases.Single(), Parse(text).Phases.Single());
    }

    [Theory]
    [InlineData("auto", Preprocessing.Auto)]
    [InlineData("null", Preprocessing.Auto)]
    [InlineData("tf", Preprocessing.Tf)]
    public void Parse_ReadsWhatIsLeftToTheWeights(string word, Preprocessing preprocessing)
    {
        var spec = Parse($"{{ data: {{ path: images, preprocess: {word} }}, model: {{ random_weights: true }}, output: out, phases: [ {{}} ] }}");

        var back = Parse(RunFile.Write(spec));

        Assert.Equal((preprocessing, true), (spec.Data.Preprocessing, spec.Model.RandomWeights));
        Assert.Equal((spec.Data.Preprocessing, spec.Model.RandomWeights), (back.Data.Preprocessing, back.Model.RandomWeights));
    }

    [Theory]
    [InlineData("unfreeze: none", typeof(FreezePolicy.None))]
    [InlineData("unfreeze: all", typeof(FreezePolicy.All))]
    [InlineData("from: conv5_block1_1_conv", typeof(FreezePolicy.FromLayer))]
    [InlineData("stage: conv5", typeof(FreezePolicy.FromStage))]
    [InlineData("epochs: 1", typeof(FreezePolicy.None))]
    public void Parse_ReadsEveryFreezeForm(string form, Type policy)
    {
        var spec = Parse($"{{ data: {{ path: images }}, output: out, phases: [ {{ {form} }} ] }}");

        Assert.IsType(policy, spec.Phases.Single().Freeze);
    }

    [Fact]
    public void Parse_CountsRelativePathsFromTheFolderOfTheFile()
    {
        var spec = RunFile.Parse(new StringReader(Whole), Path.Combine("runs", "run.yaml"));

        Assert.Equal(Path.Combine("runs", "images"), spec.Data.Path);
        Assert.Equal(Path.Combine("runs", "resnet50.h5"), spec.Model.Weights);
        Assert.Equal(Path.Combine("runs", "run1"), spec.Output);
        Assert.Equal(Path.Combine("runs", "cache"), spec.Features.Directory);
    }

    [Fact]
    public void Parse_LeavesFullPathsAlone()
    {
        var full = Path.GetFullPath("images");

        var spec = RunFile.Parse(new StringReader($"{{ data: {{ path: '{full}' }}, output: o, phases: [ {{}} ] }}"), Path.Combine("runs", "run.yaml"));

        Assert.Equal(full, spec.Data.Path);
    }

    [Theory]
    [InlineData("unfreeze_layers: 7")]
    [InlineData("unfreeze: all")]
    [InlineData("unfreeze: none")]
    [InlineData("from: conv5_block1_1_conv")]
    [InlineData("stage: conv5")]
    [InlineData("layers: ['conv5_*', conv1_conv]")]
    public void Write_GivesTextThatReadsBackAsTheSameRun(string form)
    {
        var whole = form.Contains("all", StringComparison.Ordinal) || form.Contains("conv1_conv", StringComparison.Ordinal)
            ? Whole.Replace("brightness: 0.4, contrast: 0.3, per_channel: true", "", StringComparison.Ordinal) // there are no features to change
            : Whole;
        var spec = Parse(whole.Replace("rates: { conv5_*_bn: 0.1, \"conv5_*_conv\": 2 }, ", "", StringComparison.Ordinal).Replace("unfreeze_layers: 10", form, StringComparison.Ordinal));
        spec = spec with { Data = spec.Data with { Path = "~/it's \"null\": ünï #1" }, Replicas = null };

        var text = RunFile.Write(spec);
        var back = RunFile.Parse(new StringReader(text), Path.Combine("elsewhere", "run.yaml"));

        Assert.Equal(text, RunFile.Write(back));
        Assert.Equal(Path.GetFullPath(spec.Data.Path), back.Data.Path);
        Assert.Equal(spec.Phases[0].Optimizer, back.Phases[0].Optimizer);
        Assert.Equal(spec.Phases.Select(phase => phase.Schedule), back.Phases.Select(phase => phase.Schedule));
        Assert.Equal(spec.Phases.Select(phase => (phase.BatchNorm, phase.ClipNorm, phase.Ema)), back.Phases.Select(phase => (phase.BatchNorm, phase.ClipNorm, phase.Ema)));
        Assert.Equal(spec.Phases[0].Freeze.GetType(), back.Phases[0].Freeze.GetType());
        Assert.Equal(spec.Model.Head.Hidden, back.Model.Head.Hidden);
        Assert.Equal(spec.Model.Head.Init, back.Model.Head.Init);
        Assert.Null(back.Replicas);
        Assert.Equal((2, DeviceChoice.Cpu, RunPrecision.Bf16, ExchangeType.Bf16, ImageSampling.Balanced, 0.1, 0.2), (back.MinReplicas, back.Device, back.Precision, back.Exchange, back.Sampling, back.LabelSmoothing, back.Mixup));
        Assert.Equal(spec.ClassFactors, back.ClassFactors);
        Assert.Equal((spec.Data.Augmentation, spec.FeatureAugmentation), (back.Data.Augmentation, back.FeatureAugmentation));
        Assert.Equal(spec.Features with { Directory = Path.GetFullPath("cache") }, back.Features);
    }

    [Fact]
    public void Write_LeavesOutWhatIsUnset()
    {
        var spec = Parse("{ data: { path: images }, output: out, phases: [ { epochs: 5 } ] }");

        var back = Parse(RunFile.Write(spec));

        Assert.Null(back.Data.Augmentation);
        Assert.Null(back.FeatureAugmentation);
        Assert.Equal(new FeatureSpec(), back.Features);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1023", 1023)]
    [InlineData("1024", 1024)]
    [InlineData("512k", 512L << 10)]
    [InlineData("512M", 512L << 20)]
    [InlineData("20G", 20L << 30)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("1024T", 1L << 50)]
    [InlineData("1125899906842624", 1L << 50)]
    public void Parse_ReadsSizesInPowersOf1024(string size, long bytes)
    {
        var spec = Parse($"{{ data: {{ path: images }}, features: {{ memory: {size}, disk: {size} }}, output: out, phases: [ {{}} ] }}");

        Assert.Equal((bytes, bytes), (spec.Features.MemoryBytes, spec.Features.DiskBytes));
        Assert.Equal(spec.Features, Parse(RunFile.Write(spec)).Features);
    }

    [Theory]
    [InlineData(20L << 30, "disk: 20G")]
    [InlineData(1536L << 20, "disk: 1536M")]
    [InlineData(100_000, "disk: 100000")]
    [InlineData(0, "disk: 0")]
    [InlineData(1L << 50, "disk: 1024T")]
    public void Write_GivesSizesInTheLargestUnitThatIsExact(long bytes, string line)
    {
        var spec = Parse("{ data: { path: images }, output: out, phases: [ {} ] }");

        Assert.Contains(line + "\n", RunFile.Write(spec with { Features = new() { DiskBytes = bytes } }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("augment: {}", true)]
    [InlineData("augment: null", false)]
    public void Parse_TellsAnEmptyGroupFromNone(string augment, bool there)
    {
        var spec = Parse($"data:\n  path: images\n  {augment}\noutput: out\nphases: [ {{}} ]");

        Assert.Equal(there ? new AugmentationSpec() : null, spec.Data.Augmentation);
    }

    private static RunSpec Parse(string yaml) => RunFile.Parse(new StringReader(yaml), "run.yaml");
}
