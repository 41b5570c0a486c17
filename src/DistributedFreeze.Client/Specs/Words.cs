using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Specs;

/// <summary>The words of a run file and of the options for values that are one of a few.</summary>
internal static class Words
{
    public static ImmutableArray<(string Word, NetworkGraph Value)> Graphs { get; } =
        [("keras-v1", NetworkGraph.KerasV1), ("torchvision-v1.5", NetworkGraph.TorchvisionV15)];

    public static ImmutableArray<(string Word, ResizeMode Value)> Resizes { get; } =
        [("stretch", ResizeMode.Stretch), ("crop", ResizeMode.Crop), ("imagenet", ResizeMode.Imagenet)];

    public static ImmutableArray<(string Word, ColorProfiles Value)> ColorProfileUses { get; } =
        [("ignore", ColorProfiles.Ignore), ("apply", ColorProfiles.Apply)];

    public static ImmutableArray<(string Word, Preprocessing Value)> Preprocessings { get; } =
        [("caffe", Preprocessing.Caffe), ("torch", Preprocessing.Torch), ("tf", Preprocessing.Tf), ("auto", Preprocessing.Auto)];

    public static ImmutableArray<(string Word, HeadInit Value)> HeadInits { get; } = [("zeros", HeadInit.Zeros), ("glorot", HeadInit.Glorot)];

    public static ImmutableArray<(string Word, OptimizerKind Value)> Optimizers { get; } =
        [("sgd", OptimizerKind.Sgd), ("adam", OptimizerKind.Adam), ("adamw", OptimizerKind.AdamW)];

    public static ImmutableArray<(string Word, DecayedParameters Value)> Decayed { get; } = [("weights", DecayedParameters.Weights), ("all", DecayedParameters.All)];

    public static ImmutableArray<(string Word, ScheduleKind Value)> Schedules { get; } =
        [("constant", ScheduleKind.Constant), ("cosine", ScheduleKind.Cosine), ("one-cycle", ScheduleKind.OneCycle), ("step", ScheduleKind.Step)];

    public static ImmutableArray<(string Word, BatchNormMode Value)> BatchNormModes { get; } =
        [("inference", BatchNormMode.Inference), ("train", BatchNormMode.Train)];

    public static ImmutableArray<(string Word, KeptEpoch Value)> KeptEpochs { get; } = [("best", KeptEpoch.Best), ("last", KeptEpoch.Last)];

    public static ImmutableArray<(string Word, EpochMeasure Value)> EpochMeasures { get; } =
    [
        ("loss", EpochMeasure.Loss), ("accuracy", EpochMeasure.Accuracy), ("balanced-accuracy", EpochMeasure.BalancedAccuracy), ("macro-f1", EpochMeasure.MacroF1),
    ];

    public static ImmutableArray<(string Word, FeatureType Value)> FeatureTypes { get; } =
        [("fp32", FeatureType.Fp32), ("fp16", FeatureType.Fp16), ("bf16", FeatureType.Bf16)];

    public static ImmutableArray<(string Word, PrefixEngine Value)> PrefixEngines { get; } =
        [("onnx", PrefixEngine.Onnx), ("torch", PrefixEngine.Torch)];

    public static ImmutableArray<(string Word, PrefixProvider Value)> PrefixProviders { get; } =
    [
        ("auto", PrefixProvider.Auto), ("cpu", PrefixProvider.Cpu), ("cuda", PrefixProvider.Cuda), ("tensorrt", PrefixProvider.TensorRt),
    ];

    public static ImmutableArray<(string Word, ExchangeType Value)> Exchanges { get; } =
        [("fp32", ExchangeType.Fp32), ("bf16", ExchangeType.Bf16)];

    public static ImmutableArray<(string Word, ImageSampling Value)> Samplings { get; } = [("shuffle", ImageSampling.Shuffle), ("balanced", ImageSampling.Balanced)];

    public static ImmutableArray<(string Word, ClassWeighting Value)> ClassWeightings { get; } =
        [("none", ClassWeighting.None), ("balanced", ClassWeighting.Balanced)];

    public static ImmutableArray<(string Word, FeatureCacheMode Value)> CacheModes { get; } =
        [("auto", FeatureCacheMode.Auto), ("on", FeatureCacheMode.On), ("off", FeatureCacheMode.Off)];

    public static string Of<T>(ImmutableArray<(string Word, T Value)> words, T value)
        where T : struct, Enum =>
        words.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Word;
}
