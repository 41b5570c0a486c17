using System.Text.Json;
using DistributedFreeze.Devices;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class RunJsonTests
{
    private static readonly RunEvent.Prepared Happened = new(1, 20, 0, 0, ["Käfer", "ハチ"], ["1 file is > 4 MB & it's skipped"])
    {
        At = new(2026, 11, 24, 13, 13, 59, TimeSpan.Zero),
    };

    [Fact]
    public void Text_ReadsAsItWasWritten()
    {
        foreach (var options in (JsonSerializerOptions[])[RunJson.Compact, RunJson.Indented])
        {
            var json = JsonSerializer.Serialize(Happened, options);

            Assert.Contains("2026-11-24T13:13:59+00:00", json, StringComparison.Ordinal);
            Assert.Contains("Käfer", json, StringComparison.Ordinal);
            Assert.Contains("ハチ", json, StringComparison.Ordinal);
            Assert.Contains("1 file is > 4 MB & it's skipped", json, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatWouldEndALine_StaysEscaped()
    {
        var json = JsonSerializer.Serialize("a\nb\u2028c\u001b[2Jd\"", RunJson.Compact);

        Assert.Equal("\"a\\nb\\u2028c\\u001B[2Jd\\\"\"", json);
    }

    /// <summary>
    /// Checkpoints hold the key of the spec that they were written for: one that reads differently could not be gone on from. What was added
    /// since then has the value here that all runs had before.
    /// </summary>
    [Fact]
    public void TheKeyOfASpec_IsWhatItHasAlwaysBeen()
    {
        var spec = new RunSpec
        {
            Data = new() { Path = "Käfer", Preprocessing = null, ColorProfiles = ColorProfiles.Apply },
            Model = new() { Head = new() { Init = HeadInit.Glorot } },
            Output = "out",
            Shards = 8,
            Phases = [new() { Freeze = new FreezePolicy.Named(["conv5_*+é", "<conv4>"]), Epochs = 5, BatchNorm = BatchNormMode.Train, Keep = KeptEpoch.Last }],
        };

        Assert.Equal("779e093630c4353b308177e354160f3c1f459fd39d1e9f0aef93553c3089edca", RunSpecKey.Of(spec));
    }

    /// <summary>Also with values that are called something else today than when the first checkpoints were written: <c>adam-w</c>, say.</summary>
    [Fact]
    public void TheKeyOfASpec_CallsValuesWhatTheyWereFirstCalled()
    {
        var spec = new RunSpec
        {
            Data = new() { Path = "images", Resize = ResizeMode.Imagenet, Preprocessing = Preprocessing.Tf },
            Model = new() { Graph = NetworkGraph.TorchvisionV15 },
            Output = "out",
            Exchange = ExchangeType.Bf16,
            ClassWeights = ClassWeighting.Balanced,
            Features = new() { Type = FeatureType.Fp16, Engine = PrefixEngine.Torch, Provider = PrefixProvider.TensorRt },
            Phases =
            [
                new()
                {
                    Epochs = 5,
                    BestBy = EpochMeasure.MacroF1,
                    Optimizer = new() { Kind = OptimizerKind.AdamW, WeightDecay = 0.1 },
                    Schedule = new() { Kind = ScheduleKind.OneCycle },
                },
            ],
        };

        Assert.Equal("85d536599b1d1e78ff8b8c6335092b999eb89b7f6d057e721775be560ce1f0ae", RunSpecKey.Of(spec));
    }

    /// <summary>What decays is part of the key where something does: adamw used to decay everything.</summary>
    [Fact]
    public void WhatDecays_ChangesTheKeyOnlyWhereSomethingDoes()
    {
        Assert.Equal(Key(new() { Kind = OptimizerKind.AdamW }), Key(new() { Kind = OptimizerKind.AdamW, WeightDecayOn = DecayedParameters.All }));
        Assert.Equal(Key(new() { Kind = OptimizerKind.Sgd, WeightDecay = 0.1 }), Key(new() { Kind = OptimizerKind.Sgd, WeightDecay = 0.1, WeightDecayOn = DecayedParameters.All }));
        Assert.NotEqual(Key(new() { Kind = OptimizerKind.AdamW, WeightDecay = 0.1 }), Key(new() { Kind = OptimizerKind.AdamW, WeightDecay = 0.1, WeightDecayOn = DecayedParameters.All }));

        static string Key(OptimizerSpec optimizer) =>
            RunSpecKey.Of(new() { Data = new() { Path = "images" }, Output = "out", Phases = [new() { Optimizer = optimizer }] });
    }

    [Fact]
    public void WhatIsOnlyAskedFor_DoesNotChangeTheKey()
    {
        var spec = new RunSpec { Data = new() { Path = "images", Preprocessing = Preprocessing.Torch }, Output = "out", Phases = [new()] };

        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { Data = spec.Data with { ForcePreprocessing = true } }));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { Model = new() { RandomWeights = true } }));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { FeatureAugmentation = new() }));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { Device = DeviceChoice.Cpu }));
        Assert.Equal(RunSpecKey.Of(spec with { Precision = RunPrecision.Bf16 }), RunSpecKey.Of(spec with { Precision = RunPrecision.Bf16, Features = new() { Engine = PrefixEngine.Torch } }));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { Phases = [new() { Epochs = 30 }] }));
        Assert.Equal(RunSpecKey.Of(spec), RunSpecKey.Of(spec with { Model = new() { Head = new() { Inputs = [] } } }));
    }

    [Fact]
    public void TheSameInputsOfAHead_HaveOneKey_WhateverTheirOrder_AndTheLastLayerThatOfNone()
    {
        var (none, last, one, other) = (Inputs(), Inputs("conv5_block3_out"), Inputs("pool1_pool", "conv4_block6_out"), Inputs("conv4_block6_out", "pool1_pool"));

        Assert.Equal((RunSpecKey.Of(none), RunSpecKey.Of(one)), (RunSpecKey.Of(last), RunSpecKey.Of(other)));
        Assert.NotEqual(RunSpecKey.Of(none), RunSpecKey.Of(one));

        static RunSpec Inputs(params string[] names) => new() { Data = new() { Path = "images" }, Output = "out", Phases = [new()], Model = new() { Head = new() { Inputs = [.. names] } } };
    }

    /// <summary>So that a model's file has the bytes that it had before heads could name inputs.</summary>
    [Fact]
    public void AHeadThatNamesNoInputs_SaysNothingOfThem()
    {
        Assert.DoesNotContain("inputs", JsonSerializer.Serialize(new HeadSpec(), JsonSerializerOptions.Web), StringComparison.Ordinal);
        Assert.DoesNotContain("inputs", JsonSerializer.Serialize(new HeadSpec(), RunJson.Stored), StringComparison.Ordinal);
        var read = JsonSerializer.Deserialize<ModelSpec>("""{"head":{"inputs":["conv4_block6_out"]},"architecture":"resnet101"}""", RunJson.Stored)!;
        Assert.Equal((ModelArchitecture.ResNet101, "conv4_block6_out"), (read.Architecture, Assert.Single(read.Head.Inputs!.Value)));
    }

    [Fact]
    public void WhatChangesTheResult_ChangesTheKey()
    {
        var spec = new RunSpec { Data = new() { Path = "images" }, Output = "out", Phases = [new()] };

        Assert.Distinct(new[]
        {
            spec,
            spec with { Phases = [new() { BatchNorm = BatchNormMode.Train }] },
            spec with { Phases = [new() { Epochs = 5 }] },
            spec with { LabelSmoothing = 0.1 },
            spec with { Precision = RunPrecision.Tf32 },
            spec with { Precision = RunPrecision.Bf16 },
            spec with { Mixup = 0.2 },
            spec with { FeatureAugmentation = new() { Brightness = 0.2 } },
            spec with { FeatureAugmentation = new() { Brightness = 0.2, PerChannel = true } },
            spec with { FeatureAugmentation = new() { Contrast = 0.2 } },
            spec with { FeatureAugmentation = new() { Contrast = 0.2 }, Sampling = ImageSampling.Balanced },
            spec with { Sampling = ImageSampling.Balanced },
            spec with { Phases = [new() { Ema = 0.9 }] },
            spec with { Phases = [new() { Schedule = new() { Kind = ScheduleKind.Step, StepEpochs = 2 } }] },
            spec with { Phases = [new() { Schedule = new() { Kind = ScheduleKind.Step, Gamma = 0.5 } }] },
            spec with { Phases = [new() { Schedule = new() { Kind = ScheduleKind.Plateau } }] },
            spec with { Phases = [new() { Schedule = new() { Kind = ScheduleKind.Plateau, Patience = 3 } }] },
            spec with { Phases = [new() { Optimizer = new() { Rates = NamedNumbers.Of(new() { ["conv5_*"] = 0.1 }) } }] },
            spec with { Phases = [new() { Optimizer = new() { LayerDecay = 0.5 } }] },
            spec with { ClassFactors = NamedNumbers.Of(new() { ["rose"] = 2 }) },
            spec with { ClassFactors = NamedNumbers.Of(new() { ["rose"] = 3 }) },
            spec with { Phases = [new() { ClipNorm = 1 }] },
            spec with { Model = new() { Head = new() { Init = HeadInit.Glorot } } },
            spec with { Model = new() { Head = new() { Inputs = ["conv4_block6_out"] } } },
            spec with { Model = new() { Head = new() { Inputs = ["conv4_block6_out", "conv5_block3_out"] } } },
            spec with { Model = new() { Architecture = ModelArchitecture.ResNet101 } },
            spec with { Data = spec.Data with { Preprocessing = Preprocessing.Torch } },
            spec with { Data = spec.Data with { ColorProfiles = ColorProfiles.Apply } },
            spec with { Data = spec.Data with { Split = "70/15/15" } },
            spec with { Data = spec.Data with { Folds = 5, Fold = 1 } },
            spec with { Data = spec.Data with { Folds = 5, Fold = 2 } },
        }.Select(RunSpecKey.Of));
    }
}
