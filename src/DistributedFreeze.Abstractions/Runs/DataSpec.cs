namespace DistributedFreeze.Runs;

/// <summary>Where the images are and how they become tensors.</summary>
[GenerateSerializer, Immutable, Alias("df.data-spec")]
public sealed record DataSpec
{
    /// <summary>The least that <see cref="ImageSize"/> may be: the network halves it five times.</summary>
    public const int SmallestImage = 32;

    /// <summary>The most that <see cref="ImageSize"/> may be.</summary>
    public const int LargestImage = 1_024;

    /// <summary>What <see cref="MaxPixels"/> is where nothing is said.</summary>
    public const long DefaultMaxPixels = 50_000_000;

    /// <summary>The most that <see cref="MaxPixels"/> may be.</summary>
    public const long LargestMaxPixels = 1_000_000_000;

    /// <summary>The most that <see cref="Folds"/> may be.</summary>
    public const int MostFolds = 100;

    /// <summary>A folder of class folders, one with <c>train</c>, <c>val</c> and <c>test</c> folders of class folders each, or a manifest of images.</summary>
    [Id(0)] public required string Path { get; init; }

    /// <summary>Height and width of the network's input in pixels, 32 to 1,024. Default: 224.</summary>
    [Id(1)] public int ImageSize { get; init; } = 224;

    /// <summary>How an image becomes square. Default: stretch.</summary>
    [Id(2)] public ResizeMode Resize { get; init; } = ResizeMode.Stretch;

    /// <summary>How pixels become network input; auto, like null, leaves it to the weights. A receipt has what was taken. Default: auto.</summary>
    [Id(3)] public Preprocessing? Preprocessing { get; init; } = Runs.Preprocessing.Auto;

    /// <summary>Share of the image files that may be unreadable before the run is refused, 0 to 1. Default: 0.01.</summary>
    [Id(4)] public double MaxSkippedShare { get; init; } = 0.01;

    /// <summary>Pixels above which an image counts as unreadable, 1 to 1,000,000,000. Default: 50,000,000.</summary>
    [Id(5)] public long MaxPixels { get; init; } = DefaultMaxPixels;

    /// <summary>Share of every class set aside for validation where the folder has no <c>val</c>, 0 to 0.9. Default: 0.15.</summary>
    [Id(6)] public double ValidationShare { get; init; } = 0.15;

    /// <summary>Share of every class set aside for the test where the folder has no <c>test</c>, 0 to 0.9. Default: 0.15.</summary>
    [Id(7)] public double TestShare { get; init; } = 0.15;

    /// <summary>Random changes of training images; null makes none.</summary>
    [Id(8)] public AugmentationSpec? Augmentation { get; init; }

    /// <summary>What becomes of colour profiles and of a PNG's gamma. Default: ignore.</summary>
    [Id(9)] public ColorProfiles ColorProfiles { get; init; } = ColorProfiles.Ignore;

    /// <summary>True trains with <see cref="Preprocessing"/> even where the weights rule it out. Default: false, such a run is refused.</summary>
    [Id(10)] public bool ForcePreprocessing { get; init; }

    /// <summary>
    /// Percentages of training, validation and test images, such as <c>70/15/15</c>, where the data have no splits: a file's content alone decides which it is in, so that it
    /// stays there when others come and go. Null sets <see cref="ValidationShare"/> and <see cref="TestShare"/> aside. Default: null.
    /// </summary>
    [Id(11)] public string? Split { get; init; }

    /// <summary>
    /// Into how many folds a file's content deals the images, where the data have no splits, 2 to <see cref="MostFolds"/>: <see cref="Fold"/> is the test, and of each other fold
    /// <see cref="ValidationShare"/> is for validation. Null makes none. Default: null.
    /// </summary>
    [Id(12)] public int? Folds { get; init; }

    /// <summary>Which fold is the test, from 1 to <see cref="Folds"/>; null where there are none.</summary>
    [Id(13)] public int? Fold { get; init; }
}

/// <summary>What becomes of an image file's colour profile (ICC) and, in PNG, of its gamma and chromaticities.</summary>
public enum ColorProfiles
{
    /// <summary>Stored numbers are taken as they are, as Pillow's <c>convert("RGB")</c> and so PyTorch's and Keras's loaders do.</summary>
    Ignore = 0,

    /// <summary>Colours are converted to sRGB, as browsers show them.</summary>
    Apply = 1,
}

/// <summary>How an image becomes square.</summary>
public enum ResizeMode
{
    /// <summary>Both sides are scaled to the image size, whatever the proportions.</summary>
    Stretch = 0,

    /// <summary>The shorter side is scaled to the image size and the middle of the longer one is kept: the middle square.</summary>
    Crop = 1,

    /// <summary>
    /// The shorter side is scaled to 8/7 of the image size (256 for 224) and the middle of the result is kept, as weights that were trained
    /// on ImageNet are evaluated: torchvision's <c>Resize(256)</c> and <c>CenterCrop(224)</c>.
    /// </summary>
    Imagenet = 2,
}

/// <summary>How pixels become network input.</summary>
public enum Preprocessing
{
    /// <summary>BGR minus (103.939, 116.779, 123.68), unscaled: Keras's own ResNet50 weights.</summary>
    Caffe = 0,

    /// <summary>RGB / 255, minus (.485, .456, .406), over (.229, .224, .225): torchvision's weights.</summary>
    Torch = 1,

    /// <summary>RGB / 127.5 - 1.</summary>
    Tf = 2,

    /// <summary>One of the others, by what the weights remember of their training, or by what an ONNX base's maker left.</summary>
    Auto = 3,

    /// <summary>RGB / 255; for an ONNX base alone.</summary>
    Unit = 4,

    /// <summary>RGB as it is, 0 to 255; for an ONNX base alone.</summary>
    Raw = 5,

    /// <summary>RGB / 255, minus (.48145466, .4578275, .40821073), over (.26862954, .26130258, .27577711): CLIP's; for an ONNX base alone.</summary>
    Clip = 6,
}
