using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Runs;

/// <summary>What the values of a run's fields are called, wherever people and programs meet them.</summary>
/// <remarks>
/// Run files, options, their help, JSON, models' metadata and messages take names from here. Keys of features and masks do not: <see cref="StableNames"/>.
/// A value may get another name where <c>Former</c> and <c>InKeys</c> keep the old one. Thread-safe.
/// </remarks>
public static class RunEnums
{
    /// <summary>Which network of the ResNet family: first those that every graph has.</summary>
    public static EnumNames<ModelArchitecture> Architecture { get; } = new(
        new(ModelArchitecture.ResNet50, "resnet50"), new(ModelArchitecture.ResNet101, "resnet101"), new(ModelArchitecture.ResNet152, "resnet152"),
        new(ModelArchitecture.ResNet18, "resnet18"), new(ModelArchitecture.ResNet34, "resnet34"),
        new(ModelArchitecture.WideResNet50x2, "wide-resnet50-2"), new(ModelArchitecture.ResNext50x32x4d, "resnext50-32x4d"));

    /// <summary>Whose build of it.</summary>
    public static EnumNames<NetworkGraph> Graph { get; } = new(
        new(NetworkGraph.KerasV1, "keras-v1"),
        new(NetworkGraph.TorchvisionV15, "torchvision-v1.5") { Former = "torchvision-v15", InKeys = "torchvision-v15" });

    /// <summary>How an image becomes square.</summary>
    public static EnumNames<ResizeMode> Resize { get; } =
        new(new(ResizeMode.Stretch, "stretch"), new(ResizeMode.Crop, "crop"), new(ResizeMode.Imagenet, "imagenet"));

    /// <summary>What becomes of colour profiles.</summary>
    public static EnumNames<ColorProfiles> ColorProfiles { get; } = new(new(Runs.ColorProfiles.Ignore, "ignore"), new(Runs.ColorProfiles.Apply, "apply"));

    /// <summary>How pixels become network input.</summary>
    public static EnumNames<Preprocessing> Preprocessing { get; } = new(
        new(Runs.Preprocessing.Caffe, "caffe"), new(Runs.Preprocessing.Torch, "torch"), new(Runs.Preprocessing.Tf, "tf"),
        new(Runs.Preprocessing.Unit, "unit"), new(Runs.Preprocessing.Raw, "raw"), new(Runs.Preprocessing.Clip, "clip"), new(Runs.Preprocessing.Auto, "auto"));

    /// <summary>How the tensor at the boundary of an ONNX base becomes features.</summary>
    public static EnumNames<FeaturePooling> Pooling { get; } = new(
        new(FeaturePooling.Avg, "avg"), new(FeaturePooling.Cls, "cls"), new(FeaturePooling.None, "none"), new(FeaturePooling.Auto, "auto"));

    /// <summary>First weights of the layer of classes.</summary>
    public static EnumNames<HeadInit> HeadInit { get; } = new(new(Runs.HeadInit.Zeros, "zeros"), new(Runs.HeadInit.Glorot, "glorot"));

    /// <summary>Update rules.</summary>
    public static EnumNames<OptimizerKind> Optimizer { get; } = new(
        new(OptimizerKind.Sgd, "sgd"), new(OptimizerKind.Adam, "adam"), new(OptimizerKind.AdamW, "adamw") { Former = "adam-w", InKeys = "adam-w" });

    /// <summary>What weight decay is for.</summary>
    public static EnumNames<DecayedParameters> Decayed { get; } = new(new(DecayedParameters.Weights, "weights"), new(DecayedParameters.All, "all"));

    /// <summary>Shapes of a learning rate over time.</summary>
    public static EnumNames<ScheduleKind> Schedule { get; } = new(
        new(ScheduleKind.Constant, "constant"), new(ScheduleKind.Cosine, "cosine"), new(ScheduleKind.OneCycle, "one-cycle"), new(ScheduleKind.Step, "step"), new(ScheduleKind.Plateau, "plateau"));

    /// <summary>Statistics of batch norms that train.</summary>
    public static EnumNames<BatchNormMode> BatchNorm { get; } = new(new(BatchNormMode.Inference, "inference"), new(BatchNormMode.Train, "train"));

    /// <summary>The epoch that a phase ends with.</summary>
    public static EnumNames<KeptEpoch> Keep { get; } = new(new(KeptEpoch.Best, "best"), new(KeptEpoch.Last, "last"));

    /// <summary>What makes an epoch better.</summary>
    public static EnumNames<EpochMeasure> Measure { get; } = new(
        new(EpochMeasure.Loss, "loss"), new(EpochMeasure.Accuracy, "accuracy"),
        new(EpochMeasure.BalancedAccuracy, "balanced-accuracy"), new(EpochMeasure.MacroF1, "macro-f1"));

    /// <summary>Number types of features.</summary>
    public static EnumNames<FeatureType> FeatureType { get; } =
        new(new(Runs.FeatureType.Fp32, "fp32"), new(Runs.FeatureType.Fp16, "fp16"), new(Runs.FeatureType.Bf16, "bf16"));

    /// <summary>What evaluates frozen layers.</summary>
    public static EnumNames<PrefixEngine> Engine { get; } = new(new(PrefixEngine.Onnx, "onnx"), new(PrefixEngine.Torch, "torch"));

    /// <summary>What ONNX Runtime evaluates them on.</summary>
    public static EnumNames<PrefixProvider> Provider { get; } = new(
        new(PrefixProvider.Auto, "auto"), new(PrefixProvider.Cpu, "cpu"), new(PrefixProvider.Cuda, "cuda"),
        new(PrefixProvider.TensorRt, "tensorrt") { Former = "tensor-rt", InKeys = "tensor-rt" });

    /// <summary>Whether features are kept.</summary>
    public static EnumNames<FeatureCacheMode> Cache { get; } =
        new(new(FeatureCacheMode.Auto, "auto"), new(FeatureCacheMode.On, "on"), new(FeatureCacheMode.Off, "off"));

    /// <summary>Number types of sums between silos.</summary>
    public static EnumNames<ExchangeType> Exchange { get; } = new(new(ExchangeType.Fp32, "fp32"), new(ExchangeType.Bf16, "bf16"));

    /// <summary>What a run may compute on.</summary>
    public static EnumNames<DeviceChoice> Device { get; } = new(new(DeviceChoice.Auto, "auto"), new(DeviceChoice.Cuda, "cuda"), new(DeviceChoice.Cpu, "cpu"));

    /// <summary>In which numbers layers are computed.</summary>
    public static EnumNames<RunPrecision> Precision { get; } = new(new(RunPrecision.Fp32, "fp32"), new(RunPrecision.Tf32, "tf32"), new(RunPrecision.Bf16, "bf16"));

    /// <summary>Which images an epoch takes.</summary>
    public static EnumNames<ImageSampling> Sampling { get; } = new(new(ImageSampling.Shuffle, "shuffle"), new(ImageSampling.Balanced, "balanced"));

    /// <summary>How much an image counts.</summary>
    public static EnumNames<ClassWeighting> ClassWeights { get; } = new(new(ClassWeighting.None, "none"), new(ClassWeighting.Balanced, "balanced"));

    /// <summary>States of a run.</summary>
    public static EnumNames<RunState> State { get; } = new(
        new(RunState.Queued, "queued"), new(RunState.Preparing, "preparing"), new(RunState.Running, "running"), new(RunState.Succeeded, "succeeded"),
        new(RunState.Failed, "failed"), new(RunState.Interrupted, "interrupted"), new(RunState.Paused, "paused"), new(RunState.Cancelled, "cancelled"));

    /// <summary>All of them.</summary>
    public static ImmutableArray<EnumNames> All { get; } =
    [
        Architecture, Graph, Resize, ColorProfiles, Preprocessing, Pooling, HeadInit, Optimizer, Decayed, Schedule, BatchNorm, Keep, Measure, FeatureType, Engine, Provider, Cache, Exchange, Device, Precision, Sampling,
        ClassWeights, State,
    ];

    private static FrozenDictionary<Type, EnumNames> ByType { get; } = All.ToFrozenDictionary(names => names.Type);

    /// <summary>The names of an enumeration's values.</summary>
    /// <param name="type">The enumeration.</param>
    /// <returns>Null where it is none of these.</returns>
    public static EnumNames? Of(Type type) => ByType.GetValueOrDefault(type);

    /// <summary>The name of a value.</summary>
    /// <typeparam name="T">One of these enumerations.</typeparam>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The enumeration has no such value, or is none of these.</exception>
    public static string NameOf<T>(T value)
        where T : struct, Enum => ByType.GetValueOrDefault(typeof(T)) is EnumNames<T> names
            ? names.Of(value)
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"{typeof(T).Name} has no names.");
}
