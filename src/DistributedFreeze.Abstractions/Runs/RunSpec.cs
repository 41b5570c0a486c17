using System.Collections.Immutable;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Runs;

/// <summary>One training job, complete and immutable: the same spec gives the same weights on any number of replicas.</summary>
/// <example>
/// <code><![CDATA[
/// using DistributedFreeze.Freezing;
/// using DistributedFreeze.Runs;
///
/// // First the head alone, then the last 10 layers at a tenth of the rate.
/// var spec = new RunSpec
/// {
///     Data = new() { Path = "photos" }, // one folder per class
///     Model = new() { Weights = "resnet50_keras.h5" },
///     Phases =
///     [
///         new() { Epochs = 15 },
///         new() { Epochs = 5, Freeze = new FreezePolicy.LastLayers(10), Optimizer = new() { LearningRate = 0.0001 } },
///     ],
///     Output = "photos-1",
/// };
/// var onTwo = spec with { Replicas = 2 }; // never changes the result
/// ]]></code>
/// </example>
[GenerateSerializer, Immutable, Alias("df.run-spec")]
public sealed record RunSpec
{
    /// <summary>
    /// Is added to <see cref="Sampling"/> where there is a <see cref="FeatureAugmentation"/>, on the wire and where runs are stored: a silo of before, which does not know that and would
    /// train without, refuses it.
    /// </summary>
    private const int Augmented = 100;

    /// <summary>Is added to <see cref="Exchange"/> where <see cref="Precision"/> is another than fp32, likewise.</summary>
    private const int Precise = 100;

    [Id(11)] private ExchangeType _exchange;

    [Id(15)] private ImageSampling _sampling;

    [Id(19)] private FeatureAugmentationSpec? _featureAugmentation;

    [Id(21)] private RunPrecision _precision;

    /// <summary>Where the images are and how they are read.</summary>
    [Id(0)] public required DataSpec Data { get; init; }

    /// <summary>The base network, its weights and the head on top.</summary>
    [Id(1)] public ModelSpec Model { get; init; } = new();

    /// <summary>The phases, in order; at least one.</summary>
    [Id(2)] public required ImmutableArray<PhaseSpec> Phases { get; init; }

    /// <summary>Images in a global batch, over all shards and replicas. 1 to 65,536, a multiple of <see cref="Shards"/>. Default: 32.</summary>
    [Id(3)] public int BatchSize { get; init; } = 32;

    /// <summary>Fixed slices of the data set and of every batch, 1 to 1,024. It is part of the result: replicas divide shards among them. Default: 4.</summary>
    [Id(4)] public int Shards { get; init; } = 4;

    /// <summary>Seed of the head's first weights, of shuffling, of dropout and of a split. Default: 0.</summary>
    [Id(5)] public int Seed { get; init; }

    /// <summary>Torch threads of one replica, 1 to 256. It is part of the result, since kernels may split sums by thread. Default: 1.</summary>
    [Id(6)] public int ThreadsPerReplica { get; init; } = 1;

    /// <summary>Replicas to train on, 1 to <see cref="Shards"/>; null takes the fewest that are predicted to be fastest. Never changes the result.</summary>
    [Id(7)] public int? Replicas { get; init; }

    /// <summary>Folder that receives the model and the receipt. Never changes the result.</summary>
    [Id(8)] public required string Output { get; init; }

    /// <summary>How the features of images are computed and kept.</summary>
    [Id(9)] public FeatureSpec Features { get; init; } = new();

    /// <summary>
    /// The fewest replicas to start with, 1 to <see cref="Shards"/>, and to <see cref="Replicas"/> where that is given. A run that loses
    /// replicas goes on with fewer. Never changes the result. Default: 1.
    /// </summary>
    [Id(10)] public int MinReplicas { get; init; } = 1;

    /// <summary>Number type of sums that travel between silos. Anything but fp32 makes the result depend on where replicas ran.</summary>
    public ExchangeType Exchange
    {
        get => _precision == RunPrecision.Fp32 ? _exchange : _exchange - Precise;
        init => _exchange = Marked(value, _precision);
    }

    /// <summary>How much the loss of a training image counts by its class. Default: none, every image counts as much as any other.</summary>
    [Id(12)] public ClassWeighting ClassWeights { get; init; }

    /// <summary>
    /// Share of every training label that is spread evenly over all classes, 0 up to but not including 1: torch's <c>CrossEntropyLoss(label_smoothing=...)</c>.
    /// The losses of images to validate and to test are never smoothed. Default: 0.
    /// </summary>
    [Id(13)] public double LabelSmoothing { get; init; }

    /// <summary>
    /// How much the loss of a training image of a class counts, by the class's name, above 0 and at most 1,000,000; one of a class that is not named counts 1. The loss
    /// is the sum divided by the number of images, as Keras's: factors are taken as they are. Only where <see cref="ClassWeights"/> is none. Default: none.
    /// </summary>
    [Id(14)] public NamedNumbers ClassFactors { get; init; } = NamedNumbers.None;

    /// <summary>Which training images an epoch takes. Default: each one once.</summary>
    public ImageSampling Sampling
    {
        get => _featureAugmentation is null ? _sampling : _sampling - Augmented;
        init => _sampling = Marked(value, _featureAugmentation);
    }

    /// <summary>
    /// Output folder of the finished run that this one starts from: with its weights, and with its classes or more of them. On a cluster that run's id will do. What is
    /// left as it is by default of the network and of the way from a file to pixels is that run's; anything else than that is refused. Default: null, it starts from <see cref="ModelSpec.Weights"/>.
    /// </summary>
    [Id(16)] public string? From { get; init; }

    /// <summary>
    /// Mixes the features of the images of a shard in pairs while training, and their labels (mixup, Zhang et al., 2018, at the boundary; of the pixels where the whole base trains):
    /// the share of each is drawn from the Beta distribution with both parameters this, above 0 and at most 4. 0 mixes nothing. Default: 0.
    /// </summary>
    [Id(17)] public double Mixup { get; init; }

    /// <summary>
    /// What people find and sort runs by, at most 16, such as <c>team: vision</c>: lists are filtered by them, and metrics have them. Never change the result.
    /// A name is 1 to 63 lower-case letters, digits, <c>_</c> and <c>-</c> and begins with a letter; a value is 1 to 63 letters, digits and <c>._:/@+-</c>. Default: none.
    /// </summary>
    [Id(18)] public RunLabels Labels { get; init; } = RunLabels.None;

    /// <summary>
    /// Changes the features of training images at the boundary at random, before they are mixed (<see cref="Mixup"/>); images to validate and to test are never changed. Only where
    /// every phase freezes some layer with parameters before its boundary. Default: none.
    /// </summary>
    public FeatureAugmentationSpec? FeatureAugmentation
    {
        get => _featureAugmentation;
        init
        {
            var sampling = Sampling;
            (_featureAugmentation, _sampling) = (value, Marked(sampling, value));
        }
    }

    /// <summary>
    /// What the run may compute on. The result depends on what it computes on, which the receipt says, and not on how that was chosen. Default: auto, GPUs where there are any.
    /// </summary>
    [Id(20)] public DeviceChoice Device { get; init; }

    /// <summary>In which numbers layers of the base are computed; it is part of the result. Default: fp32.</summary>
    public RunPrecision Precision
    {
        get => _precision;
        init
        {
            var exchange = Exchange;
            (_precision, _exchange) = (value, Marked(exchange, value));
        }
    }

    private static ExchangeType Marked(ExchangeType exchange, RunPrecision precision) => precision == RunPrecision.Fp32 ? exchange : exchange + Precise;

    private static ImageSampling Marked(ImageSampling sampling, FeatureAugmentationSpec? augmentation) => augmentation is null ? sampling : sampling + Augmented;
}

/// <summary>Which training images an epoch takes; it takes as many of them in either case.</summary>
public enum ImageSampling
{
    /// <summary>Each image once.</summary>
    Shuffle = 0,

    /// <summary>
    /// Each class equally often, as PyTorch's <c>WeightedRandomSampler</c> with weights of one over the size of the class: images of a small class come several times, and
    /// of a large class another part comes in each epoch. A class with fewer images than the run has shards comes less often. An image that comes twice in an epoch is augmented, and its
    /// activations are dropped out, alike both times.
    /// </summary>
    Balanced = 1,
}

/// <summary>How much the loss of a training image counts by its class. Images to validate and to test count alike in any case.</summary>
public enum ClassWeighting
{
    /// <summary>Every image counts 1.</summary>
    None = 0,

    /// <summary>
    /// An image counts images / (classes x images of its class), over the training images and the classes that have some: every class counts the same, and
    /// the mean image 1 (scikit-learn's <c>class_weight="balanced"</c>). The loss is the sum divided by the number of images, as Keras's.
    /// </summary>
    Balanced = 1,
}
