namespace DistributedFreeze.Runs;

/// <summary>What keys of features and hashes of masks call values.</summary>
/// <remarks>
/// These never change, whatever a value is called elsewhere (<see cref="RunEnums"/>) or in the code: under another key, features that are stored would be
/// computed again, and a run with a checkpoint could not be resumed. Pure and thread-safe.
/// </remarks>
public static class StableNames
{
    /// <summary>The name of a graph.</summary>
    /// <param name="graph">Whose build of a ResNet.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public static string Of(NetworkGraph graph) => graph switch
    {
        NetworkGraph.KerasV1 => "KerasV1",
        NetworkGraph.TorchvisionV15 => "TorchvisionV15",
        _ => throw Unknown(graph),
    };

    /// <summary>The name of a network.</summary>
    /// <param name="architecture">Which network of the family.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public static string Of(ModelArchitecture architecture) => architecture switch
    {
        ModelArchitecture.ResNet50 => "ResNet50",
        ModelArchitecture.ResNet18 => "ResNet18",
        ModelArchitecture.ResNet34 => "ResNet34",
        ModelArchitecture.ResNet101 => "ResNet101",
        ModelArchitecture.ResNet152 => "ResNet152",
        ModelArchitecture.WideResNet50x2 => "WideResNet50x2",
        ModelArchitecture.ResNext50x32x4d => "ResNext50x32x4d",
        _ => throw Unknown(architecture),
    };

    /// <summary>The name of a way to become square.</summary>
    /// <param name="resize">How an image becomes square.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public static string Of(ResizeMode resize) => resize switch
    {
        ResizeMode.Stretch => "Stretch",
        ResizeMode.Crop => "Crop",
        ResizeMode.Imagenet => "Imagenet",
        _ => throw Unknown(resize),
    };

    /// <summary>The name of what becomes of colour profiles.</summary>
    /// <param name="profiles">What becomes of them.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public static string Of(ColorProfiles profiles) => profiles switch
    {
        ColorProfiles.Ignore => "Ignore",
        ColorProfiles.Apply => "Apply",
        _ => throw Unknown(profiles),
    };

    /// <summary>The name of what pixels become.</summary>
    /// <param name="preprocessing">What was decided.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value, or nothing is decided.</exception>
    public static string Of(Preprocessing preprocessing) => preprocessing switch
    {
        Preprocessing.Caffe => "Caffe",
        Preprocessing.Torch => "Torch",
        Preprocessing.Tf => "Tf",
        Preprocessing.Unit => "Unit",
        Preprocessing.Raw => "Raw",
        Preprocessing.Clip => "Clip",
        _ => throw Unknown(preprocessing),
    };

    /// <summary>The name of what becomes of the tensor at the boundary of an ONNX base.</summary>
    /// <param name="pooling">What was decided.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value, or nothing is decided.</exception>
    public static string Of(FeaturePooling pooling) => pooling switch
    {
        FeaturePooling.Avg => "Avg",
        FeaturePooling.Cls => "Cls",
        FeaturePooling.None => "None",
        _ => throw Unknown(pooling),
    };

    /// <summary>The name of a number type.</summary>
    /// <param name="type">What numbers are rounded to.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    public static string Of(FeatureType type) => type switch
    {
        FeatureType.Fp32 => "Fp32",
        FeatureType.Fp16 => "Fp16",
        FeatureType.Bf16 => "Bf16",
        _ => throw Unknown(type),
    };

    /// <summary>The name of what ONNX Runtime evaluates layers on.</summary>
    /// <param name="provider">What was decided.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value, or nothing is decided.</exception>
    public static string Of(PrefixProvider provider) => provider switch
    {
        PrefixProvider.Cpu => "cpu",
        PrefixProvider.Cuda => "cuda",
        PrefixProvider.TensorRt => "tensorrt",
        _ => throw Unknown(provider),
    };

    private static ArgumentOutOfRangeException Unknown<T>(T value)
        where T : struct, Enum => new(nameof(value), value, $"There is no such {typeof(T).Name}.");
}
