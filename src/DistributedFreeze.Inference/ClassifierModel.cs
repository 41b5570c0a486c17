namespace DistributedFreeze.Inference;

/// <summary>The names within a model that <see cref="ImageClassifier"/> opens, and that <c>dfreeze export</c> writes.</summary>
/// <remarks>(N, height, width, 3) bytes of red, green and blue go in, (N, classes) probabilities come out.</remarks>
public static class ClassifierModel
{
    /// <summary>Name of the input.</summary>
    public const string InputName = "images";

    /// <summary>Name of the output.</summary>
    public const string OutputName = "probabilities";

    /// <summary>Key of the metadata's class names: a JSON array in the order of the outputs.</summary>
    public const string ClassesKey = "classes";

    /// <summary>Key of the metadata's resize mode: <c>stretch</c>, <c>crop</c> or <c>imagenet</c>.</summary>
    public const string ResizeKey = "resize";

    /// <summary>Key of the metadata's use of colour profiles: <c>ignore</c> or <c>apply</c>. A model without it applied them.</summary>
    public const string ColorProfilesKey = "colorProfiles";

    /// <summary>Key of the metadata's limit of pixels that an image file may have. A model without it had the default.</summary>
    public const string MaxPixelsKey = "maxPixels";

    /// <summary>Key of the metadata's hash over the tensors that trained: which run's model it is.</summary>
    public const string ModelSha256Key = "modelSha256";

    /// <summary>Key of the metadata's temperature: what the model divides its logits by, so that it is as sure as it is right. A model without it divides by nothing.</summary>
    public const string TemperatureKey = "temperature";
}
