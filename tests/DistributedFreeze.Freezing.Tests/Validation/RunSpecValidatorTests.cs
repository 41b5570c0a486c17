using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Validation;

public sealed class RunSpecValidatorTests
{
    private static readonly RunSpec Good = new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out" };
    private static readonly PhaseSpec Phase = new();

    public static TheoryData<string, RunSpec> Wrong()
    {
        var cases = new TheoryData<string, RunSpec>();
        void Add(string field, params RunSpec[] specs) => Array.ForEach(specs, spec => cases.Add(field, spec));
        void Data(string field, params DataSpec[] data) => Add(field, [.. data.Select(value => Good with { Data = value })]);
        void Model(string field, params ModelSpec[] models) => Add(field, [.. models.Select(value => Good with { Model = value })]);
        void Phased(string field, params PhaseSpec[] phases) => Add(field, [.. phases.Select(value => Good with { Phases = [value] })]);
        void Optimizer(string field, params OptimizerSpec[] optimizers) =>
            Phased(field, [.. optimizers.Select(value => Phase with { Optimizer = value })]);

        var data = Good.Data;
        Add("data", Good with { Data = null! });
        Data("data.path", data with { Path = " " });
        Data("data.image_size", data with { ImageSize = 31 }, data with { ImageSize = 1025 });
        Data("data.resize", data with { Resize = (ResizeMode)9 });
        Data("data.color_profiles", data with { ColorProfiles = (ColorProfiles)9 });
        Data("data.preprocess", data with { Preprocessing = (Preprocessing)9 });
        Data("data.force_preprocess", data with { ForcePreprocessing = true }, data with { ForcePreprocessing = true, Preprocessing = null });
        Data("data.max_skipped_share", data with { MaxSkippedShare = -0.1 }, data with { MaxSkippedShare = 1.1 },
            data with { MaxSkippedShare = double.NaN });
        Data("data.max_pixels", data with { MaxPixels = 0 }, data with { MaxPixels = 1_000_000_001 });
        Data("data.validation_share", data with { ValidationShare = -0.1 }, data with { ValidationShare = 0.91 },
            data with { ValidationShare = double.NaN });
        Data("data.test_share", data with { TestShare = -0.1 }, data with { TestShare = 0.91 },
            data with { ValidationShare = 0.9, TestShare = 0.1 }, data with { ValidationShare = 0.5, TestShare = 0.6 });

        string[] splits = ["", "70", "70/30", "70/20/20", "0/50/50", "70/15/15/0", "-70/85/85", "70 /15/15", "70%/15%/15%", "69.9999999/15.0000001/15", "1e2/0/0"];
        Data("data.split", [.. splits.Select(split => data with { Split = split })]);
        Data("data.split", data with { Split = "70/15/15", TestShare = 0.2 }, data with { Split = "70/15/15", ValidationShare = 0.2 });
        Data("data.folds", data with { Folds = 1, Fold = 1 }, data with { Folds = 101, Fold = 1 }, data with { Folds = 5, Fold = 1, TestShare = 0.2 },
            data with { Folds = 5, Fold = 1, Split = "70/15/15" });
        Data("data.fold", data with { Fold = 1 }, data with { Folds = 5 }, data with { Folds = 5, Fold = 0 }, data with { Folds = 5, Fold = 6 });

        void Augmented(string field, params AugmentationSpec[] changes) =>
            Data(field, [.. changes.Select(value => data with { Augmentation = value })]);
        var flipped = new AugmentationSpec { Flip = 0.5 };
        Augmented("data.augment.crop_scale", flipped with { CropScale = 0 }, flipped with { CropScale = 1.1 },
            flipped with { CropScale = double.NaN }, new() { CropScale = -1, Views = 8 });
        Augmented("data.augment.flip", new() { Flip = -0.1 }, new() { Flip = 1.1 }, new() { Flip = double.NaN, Views = 8 });
        Augmented("data.augment.brightness", new() { Brightness = -0.1 }, new() { Brightness = 1.1 });
        Augmented("data.augment.contrast", new() { Contrast = -0.1 }, new() { Contrast = 1.1 });
        Augmented("data.augment.saturation", new() { Saturation = -0.1 }, new() { Saturation = 1.1 });
        Augmented("data.augment.erase", new() { Erase = -0.1 }, new() { Erase = 1.1 });
        Augmented("data.augment.mixup", new() { Mixup = -0.1 }, new() { Mixup = 4.1 }, new() { Mixup = 1e-310 });
        Augmented("data.augment.cutmix", new() { Cutmix = -0.1 }, new() { Cutmix = double.NaN });
        Augmented("data.augment.views", flipped with { Views = 0 }, flipped with { Views = 1001 }, new() { Views = 8 }, new() { Views = 0 });

        Add("model", Good with { Model = null! });
        Model("model.graph", new ModelSpec { Graph = (NetworkGraph)9 });
        Model("model.architecture", new ModelSpec { Architecture = (ModelArchitecture)9 }, new ModelSpec { Architecture = ModelArchitecture.ResNet18 },
            new ModelSpec { Architecture = ModelArchitecture.WideResNet50x2 });
        Model("model.weights", new ModelSpec { Weights = "weights.onnx" }, new ModelSpec { Weights = "" }, new ModelSpec { Weights = "imagenet" }, new ModelSpec { Weights = "hf:a/b.h5" });
        Model("model.random_weights", new ModelSpec { Weights = "weights.h5", RandomWeights = true });
        Model("model.head.init", new ModelSpec { Head = new() { Init = (HeadInit)9 } });
        Model("model.head", new ModelSpec { Head = null! });
        Model("model.head.hidden", new ModelSpec { Head = new() { Hidden = default } });
        Model("model.head.hidden[0]", new ModelSpec { Head = new() { Hidden = [0, 1] } });
        Model("model.head.hidden[1]", new ModelSpec { Head = new() { Hidden = [1, 65_537] } });
        Model("model.head.dropout", new ModelSpec { Head = new() { Dropout = 1 } }, new ModelSpec { Head = new() { Dropout = -0.1 } },
            new ModelSpec { Head = new() { Dropout = double.NaN } });
        Model("model.classes", new ModelSpec { Classes = 1 });

        Add("phases", Good with { Phases = [] }, Good with { Phases = default });
        Add("phases[1]", Good with { Phases = [Phase, null!] });
        Phased("phases[0].freeze", Phase with { Freeze = null! });
        Phased("phases[0].unfreeze_layers", Phase with { Freeze = new FreezePolicy.LastLayers(176) });
        Phased("phases[0].from", Phase with { Freeze = new FreezePolicy.FromLayer("conv9") }, Phase with { Freeze = new FreezePolicy.FromLayer(null!) });
        Phased("phases[0].stage", Phase with { Freeze = new FreezePolicy.FromStage("conv9") });
        Phased("phases[0].epochs", Phase with { Epochs = 0 }, Phase with { Epochs = 10_001 });
        Phased("phases[0].optimizer", Phase with { Optimizer = null! });
        Optimizer("phases[0].optimizer.kind", new OptimizerSpec { Kind = (OptimizerKind)9 });
        Optimizer("phases[0].optimizer.learning_rate", new OptimizerSpec { LearningRate = 0 }, new OptimizerSpec { LearningRate = 100.1 },
            new OptimizerSpec { LearningRate = double.NaN }, new OptimizerSpec { LearningRate = double.PositiveInfinity });
        Optimizer("phases[0].optimizer.head_learning_rate", new OptimizerSpec { HeadLearningRate = 0 },
            new OptimizerSpec { HeadLearningRate = double.NaN }, new OptimizerSpec { HeadLearningRate = 101 });
        Optimizer("phases[0].optimizer.weight_decay", new OptimizerSpec { WeightDecay = -1 }, new OptimizerSpec { WeightDecay = 1.1 });
        Optimizer("phases[0].optimizer.weight_decay_on", new OptimizerSpec { WeightDecayOn = (DecayedParameters)9 });
        Optimizer("phases[0].optimizer.rates", new OptimizerSpec { Rates = null! }, new OptimizerSpec { Rates = NamedNumbers.Of(new() { ["conv5_*"] = 0 }) },
            new OptimizerSpec { Rates = NamedNumbers.Of(new() { ["conv5_*"] = 0.1 }) }); // the head alone trains
        Optimizer("phases[0].optimizer.layer_decay", new OptimizerSpec { LayerDecay = 0 }, new OptimizerSpec { LayerDecay = 1.1 }, new OptimizerSpec { LayerDecay = double.NaN });
        Optimizer("phases[0].optimizer.momentum", new OptimizerSpec { Momentum = 1 }, new OptimizerSpec { Momentum = -0.1 });
        Optimizer("phases[0].optimizer.beta1", new OptimizerSpec { Beta1 = 1 }, new OptimizerSpec { Beta1 = -0.1 });
        Optimizer("phases[0].optimizer.beta2", new OptimizerSpec { Beta2 = 1 }, new OptimizerSpec { Beta2 = -0.1 });
        Optimizer("phases[0].optimizer.epsilon", new OptimizerSpec { Epsilon = 0 }, new OptimizerSpec { Epsilon = 1.1 });
        Phased("phases[0].schedule", Phase with { Schedule = null! });
        Phased("phases[0].schedule.kind", Phase with { Schedule = new() { Kind = (ScheduleKind)9 } });
        Phased("phases[0].schedule.warmup_epochs", Phase with { Epochs = 5, Schedule = new() { WarmupEpochs = 5.1 } },
            Phase with { Schedule = new() { WarmupEpochs = -1 } }, Phase with { Schedule = new() { WarmupEpochs = double.NaN } });

        Phased("phases[0].schedule.patience", Phase with { Schedule = new() { Patience = 0 } }, Phase with { Schedule = new() { Patience = 10_001 } },
            Phase with { Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 3 }, Patience = 3 },
            Phase with { Epochs = 4, Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 3 } }); // three no better than the first, and none is left to be trained slower
        Phased("phases[0].schedule.step_epochs", Phase with { Schedule = new() { StepEpochs = 0 } }, Phase with { Schedule = new() { StepEpochs = 10_001 } });
        Phased("phases[0].schedule.gamma", Phase with { Schedule = new() { Gamma = 0 } }, Phase with { Schedule = new() { Gamma = 1.1 } });
        Phased("phases[0].batch_norm", Phase with { BatchNorm = (BatchNormMode)9 });

        Phased("phases[0].ema", Phase with { Ema = 0 }, Phase with { Ema = 1 }, Phase with { Ema = double.NaN });
        Phased("phases[0].clip_norm", Phase with { ClipNorm = 0 }, Phase with { ClipNorm = double.NaN }, Phase with { ClipNorm = 1_000_001 });

        Add("batch_size", Good with { BatchSize = 0 }, Good with { BatchSize = 65_544 }, Good with { BatchSize = 30 });
        Add("shards", Good with { Shards = 0 }, Good with { Shards = 1025 });
        Add("threads_per_replica", Good with { ThreadsPerReplica = 0 }, Good with { ThreadsPerReplica = 257 });
        Add("replicas", Good with { Replicas = 0 }, Good with { Replicas = 9 });
        Add("min_replicas", Good with { MinReplicas = 0 }, Good with { MinReplicas = 9 }, Good with { Replicas = 2, MinReplicas = 3 });
        Add("device", Good with { Device = (DeviceChoice)9 });
        Add(
            "precision",
            Good with { Precision = (RunPrecision)9 },
            Good with { Precision = RunPrecision.Tf32, Device = DeviceChoice.Cpu },
            Good with { Precision = RunPrecision.Bf16, Features = new() { Provider = PrefixProvider.Cpu } });
        Add("exchange", Good with { Exchange = (ExchangeType)9 });
        Add(
            "class_weights",
            Good with { ClassWeights = (ClassWeighting)9 },
            Good with { ClassFactors = null! },
            Good with { ClassFactors = NamedNumbers.Of(new() { ["rose"] = 0 }) },
            Good with { ClassFactors = NamedNumbers.Of(new() { ["rose"] = 2, ["tulip"] = double.NaN }) },
            Good with { ClassFactors = NamedNumbers.Of(new() { [""] = 1 }) },
            Good with { ClassFactors = NamedNumbers.Of(new() { [new string('x', 256)] = 1 }) },
            Good with { ClassWeights = ClassWeighting.Balanced, ClassFactors = NamedNumbers.Of(new() { ["rose"] = 2 }) });
        Add("sampling", Good with { Sampling = (ImageSampling)2 }, Good with { Sampling = ImageSampling.Balanced, ClassWeights = ClassWeighting.Balanced });
        Add("mixup", Good with { Mixup = 1, Data = Good.Data with { Augmentation = new() { Cutmix = 1 } } }, Good with { Mixup = -0.1 }, Good with { Mixup = 1e-4 }, Good with { Mixup = 4.1 }, Good with { Mixup = double.NaN });
        Add("feature_augmentation.brightness", Good with { FeatureAugmentation = new() { Brightness = 1.1 } }, Good with { FeatureAugmentation = new() { Brightness = -0.1 } }, Good with { FeatureAugmentation = new() { Brightness = double.NaN } });
        Add("feature_augmentation.contrast", Good with { FeatureAugmentation = new() { Contrast = 1.1 } }, Good with { FeatureAugmentation = new() { Contrast = -0.1 } });
        Add("feature_augmentation.per_channel", Good with { FeatureAugmentation = new() { PerChannel = true } });
        Add("sampling", Good with { FeatureAugmentation = new() { Contrast = 0.1 }, Sampling = (ImageSampling)2 });
        Add("label_smoothing", Good with { LabelSmoothing = 1 }, Good with { LabelSmoothing = -0.1 }, Good with { LabelSmoothing = double.NaN });
        Add("output", Good with { Output = "" });

        void Features(string field, params FeatureSpec[] features) =>
            Add(field, [.. features.Select(value => Good with { Features = value })]);
        Features("features", default(FeatureSpec)!);
        Features("features.type", new FeatureSpec { Type = (FeatureType)9 });
        Features("features.engine", new FeatureSpec { Engine = (PrefixEngine)9 });
        Features("features.cache", new FeatureSpec { Cache = (FeatureCacheMode)9 });
        Add("features.cache", Good with { Data = data with { Augmentation = flipped }, Features = new() { Cache = FeatureCacheMode.On } });
        Features("features.directory", new FeatureSpec { Directory = " " }, new FeatureSpec { Directory = "" });
        Features("features.memory", new FeatureSpec { MemoryBytes = -1 }, new FeatureSpec { MemoryBytes = (1L << 50) + 1 });
        Features("features.disk", new FeatureSpec { DiskBytes = -1 }, new FeatureSpec { DiskBytes = (1L << 50) + 1 });
        return cases;
    }

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_value_outside_its_range_is_the_one_problem_named(string field, RunSpec spec) =>
        Assert.Equal(field, Assert.Single(RunSpecValidator.Validate(spec)).Field);

    [Fact]
    public void A_network_that_a_graph_lacks_is_answered_with_what_would_be_right()
    {
        var problem = Assert.Single(RunSpecValidator.Validate(Good with { Model = new() { Architecture = ModelArchitecture.ResNet34 } }));

        Assert.Equal("is resnet34, but graph keras-v1 has resnet50, resnet101 and resnet152 alone; say `model.graph: torchvision-v1.5`, or take one of these", problem.Message);
    }

    [Theory]
    [InlineData(ModelArchitecture.ResNet18, 69)]
    [InlineData(ModelArchitecture.ResNet152, 515)]
    public void As_many_layers_may_train_as_the_network_has(ModelArchitecture architecture, int layers)
    {
        var model = new ModelSpec { Architecture = architecture, Graph = NetworkGraph.TorchvisionV15 };

        Assert.Empty(RunSpecValidator.Validate(Good with { Model = model, Phases = [Phase with { Freeze = new FreezePolicy.LastLayers(layers) }] }));
        Assert.Contains(
            $"0 (the head alone) to {layers} (every layer of the base)",
            Assert.Single(RunSpecValidator.Validate(Good with { Model = model, Phases = [Phase with { Freeze = new FreezePolicy.LastLayers(layers + 1) }] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_are_valid() => Assert.Empty(RunSpecValidator.Validate(Good));

    [Fact]
    public void Ends_of_ranges_that_belong_to_them_are_valid()
    {
        var low = new RunSpec
        {
            Data = new() { Path = "i", ImageSize = 32, MaxSkippedShare = 0, MaxPixels = 1, ValidationShare = 0, TestShare = 0, Augmentation = new() },
            Features = new() { MemoryBytes = 0, DiskBytes = 0, Cache = FeatureCacheMode.On },
            Model = new() { Weights = "a.H5", Head = new() { Hidden = [1] }, Classes = 2 },
            Phases = [new() { Epochs = 1, Optimizer = new() { Momentum = 0, Beta1 = 0, Beta2 = 0, WeightDecay = 0 } }],
            BatchSize = 1,
            Shards = 1,
            Replicas = 1,
            Output = "o",
        };
        var high = new RunSpec
        {
            Data = new()
            {
                Path = "i",
                ImageSize = 1024,
                MaxSkippedShare = 1,
                MaxPixels = 1_000_000_000,
                ValidationShare = 0.9,
                TestShare = 0.09,
                Augmentation = new() { CropScale = 1e-9, Flip = 1, Brightness = 1, Contrast = 1, Saturation = 1, Views = 1000 },
            },
            Features = new() { MemoryBytes = 1L << 50, DiskBytes = 1L << 50, Cache = FeatureCacheMode.On, Directory = "c" },
            Model = new() { Weights = "a.safetensors", Head = new() { Hidden = [65_536], Dropout = 0.999 } },
            Phases =
            [
                new()
                {
                    Freeze = new FreezePolicy.LastLayers(175),
                    Epochs = 10_000,
                    Optimizer = new() { LearningRate = 100, HeadLearningRate = 100, WeightDecay = 1, Epsilon = 1 },
                    Schedule = new() { WarmupEpochs = 10_000 },
                },
            ],
            BatchSize = 65_536,
            Shards = 1024,
            ThreadsPerReplica = 256,
            Replicas = 1024,
            Output = "o",
        };

        Assert.Empty(RunSpecValidator.Validate(low));
        Assert.Empty(RunSpecValidator.Validate(high));
    }

    [Fact]
    public void All_problems_are_reported_at_once_and_in_the_order_of_the_fields()
    {
        var spec = Good with
        {
            Data = Good.Data with { ImageSize = 1 },
            Phases = [Phase, Phase with { Epochs = 0, Freeze = new FreezePolicy.Named(["x*", "y*"]) }],
            Output = "",
        };

        Assert.Equal(
            ["data.image_size", "phases[1].layers", "phases[1].layers", "phases[1].epochs", "output"],
            RunSpecValidator.Validate(spec).Select(problem => problem.Field));
    }

    [Fact]
    public void Problems_say_what_was_given_and_what_would_be_right()
    {
        var spec = Good with
        {
            Data = Good.Data with { ImageSize = 16, ValidationShare = 0.5, TestShare = 0.6 },
            Model = new() { Weights = "resnet50.pkl", Head = new() { Dropout = 1 } },
            Phases = [Phase with { Optimizer = new() { LearningRate = double.NaN } }],
            BatchSize = 30,
            Shards = 8,
            Replicas = 9,
        };

        Assert.Equal(
            [
                "data.image_size: is 16, but must be a whole number from 32 to 1024",
                "data.test_share: is 0.6, which leaves no training images beside `data.validation_share: 0.5`; "
                    + "the two must add up to less than 1",
                "model.weights: 'resnet50.pkl' is a pickle, which is read only from .pth; save it as .safetensors: "
                    + "safetensors.torch.save_file(torch.load('resnet50.pkl', map_location='cpu'), 'resnet50.safetensors'), with its state_dict where the file holds more than that",
                "model.head.dropout: is 1, but must be at least 0 and below 1",
                "phases[0].optimizer.learning_rate: is NaN, but must be above 0 and at most 100",
                "batch_size: is 30, but must be a multiple of `shards`, which is 8: 24 or 32 would do",
                "replicas: is 9, but must be a whole number from 1 to 8, since every replica needs a shard of its own; `shards: 10` would be enough",
            ],
            RunSpecValidator.Validate(spec).Select(problem => problem.ToString()));
    }

    [Fact]
    public void Problems_of_augmentation_say_why_and_what_to_do()
    {
        var same = Good with { Data = Good.Data with { Augmentation = new() { Views = 8 } } };
        var lost = Good with
        {
            Data = Good.Data with { Augmentation = new() { Flip = 0.5 } },
            Features = new() { Cache = FeatureCacheMode.On },
        };

        Assert.Equal(
            [
                "data.augment.views: is 8, but nothing changes an image, so that all views would be the same; give "
                    + "`data.augment.crop_scale` below 1, or `data.augment.flip`, `data.augment.brightness`, `data.augment.contrast`, `data.augment.saturation`, "
                    + "`data.augment.erase`, `data.augment.mixup` or `data.augment.cutmix` above 0, or leave this out",
                "features.cache: is on, but the augmentation shows another view of every image in every epoch, so that nothing kept would be "
                    + "read again; give `data.augment.views: 8`, say, or set this to auto or off",
            ],
            RunSpecValidator.Validate(same).Concat(RunSpecValidator.Validate(lost)).Select(problem => problem.ToString()));
        Assert.Empty(RunSpecValidator.Validate(lost with { Features = new() }));
        Assert.Empty(RunSpecValidator.Validate(lost with { Data = lost.Data with { Augmentation = new() { Flip = 0.5, Views = 2 } } }));
    }

    [Theory]
    [InlineData(0.99, 0, 0, 0, 0, true)]
    [InlineData(1, 0.01, 0, 0, 0, true)]
    [InlineData(1, 0, 0.01, 0, 0, true)]
    [InlineData(1, 0, 0, 0.01, 0, true)]
    [InlineData(1, 0, 0, 0, 0.01, true)]
    [InlineData(1, 0, 0, 0, 0, false)]
    public void Any_of_these_changes_an_image(double crop, double flip, double brightness, double contrast, double saturation, bool any)
    {
        var spec = new AugmentationSpec
        {
            CropScale = crop,
            Flip = flip,
            Brightness = brightness,
            Contrast = contrast,
            Saturation = saturation,
        };

        Assert.Equal(any, AugmentationChanges.Any(spec));
        Assert.True(AugmentationChanges.Any(spec with { Erase = 0.01 }));
        Assert.True(AugmentationChanges.Any(spec with { Mixup = 0.01 }));
        Assert.True(AugmentationChanges.Any(spec with { Cutmix = 0.01 }));
    }

    [Theory]
    [InlineData(3, 8, "8 would do")]
    [InlineData(65_535, 1024, "64512 or 65536 would do")]
    [InlineData(65_535, 1000, "65000 would do")]
    public void A_suggested_batch_size_is_itself_valid(int batch, int shards, string suggestion)
    {
        var problem = Assert.Single(RunSpecValidator.Validate(Good with { BatchSize = batch, Shards = shards }));

        Assert.EndsWith(suggestion, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0 or", problem.Message.Replace(suggestion, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Ensuring_a_valid_run_does_nothing() => RunSpecValidator.EnsureValid(Good);

    [Fact]
    public void Ensuring_an_invalid_run_throws_all_its_problems()
    {
        var spec = Good with { Output = "", Shards = 0 };

        var error = Assert.Throws<InvalidInputException>(() => RunSpecValidator.EnsureValid(spec));

        Assert.Equal(["shards", "output"], error.Problems.Select(problem => problem.Field));
    }
}
