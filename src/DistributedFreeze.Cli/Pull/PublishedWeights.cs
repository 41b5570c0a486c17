using System.Text.RegularExpressions;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Pull;

/// <summary>A file of weights under a name of ours: where its publisher has it, and by what it is known.</summary>
/// <param name="Name">Such as <c>keras-imagenet</c>.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="Address">The publisher's address.</param>
/// <param name="File">Its place below a cache or a mirror, with <c>/</c> between folders.</param>
/// <param name="Checksum">What the publisher says of its content; null where only the answer to a request does.</param>
/// <param name="Graph">The network that it is of; null where only the file says.</param>
internal sealed partial record PublishedWeights(string Name, string What, Uri Address, string File, Checksum? Checksum, NetworkGraph? Graph)
{
    /// <summary>What stands for the file that Keras itself takes by this word.</summary>
    public const string ImageNet = "imagenet";

    /// <summary>What every file with a name of ours is of.</summary>
    public const ModelArchitecture Architecture = ModelArchitecture.ResNet50;

    /// <summary>How a name looks, for help and errors.</summary>
    public const string Names = "keras-imagenet (or imagenet), torchvision-v1, torchvision-v2 or hf:ORG/NAME";

    /// <summary>The only place that knows addresses and checksums.</summary>
    /// <remarks>
    /// Keras: <c>BASE_WEIGHTS_PATH</c> and <c>WEIGHTS_HASHES["resnet50"][0]</c> in keras-team/keras, keras/src/applications/resnet.py.
    /// torchvision: <c>ResNet50_Weights</c> in pytorch/vision, torchvision/models/resnet.py; the digits in a name are the first of its content's SHA-256,
    /// by <c>check_hash</c> of <c>load_state_dict_from_url</c> in pytorch/pytorch, torch/hub.py.
    /// </remarks>
    private static readonly PublishedWeights[] Known =
    [
        new(
            "keras-imagenet",
            "Keras's ResNet50, trained on ImageNet",
            new("https://storage.googleapis.com/tensorflow/keras-applications/resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5"),
            "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
            Checksum.Md5("2cb95161c43110f7111970584f804107"),
            NetworkGraph.KerasV1),
        new(
            "torchvision-v1",
            "torchvision's ResNet50, IMAGENET1K_V1",
            new("https://download.pytorch.org/models/resnet50-0676ba61.pth"),
            "resnet50-0676ba61.pth",
            Checksum.Sha256("0676ba61"),
            NetworkGraph.TorchvisionV15),
        new(
            "torchvision-v2",
            "torchvision's ResNet50, IMAGENET1K_V2",
            new("https://download.pytorch.org/models/resnet50-11ad3fa6.pth"),
            "resnet50-11ad3fa6.pth",
            Checksum.Sha256("11ad3fa6"),
            NetworkGraph.TorchvisionV15),
    ];

    /// <summary>Whether the answer to a request says the content's hash.</summary>
    public bool IsOnHuggingFace => Name.StartsWith(WeightNames.HuggingFace, StringComparison.Ordinal);

    /// <summary>Finds what a name stands for.</summary>
    /// <param name="name">A name.</param>
    /// <param name="field">What gave it.</param>
    /// <exception cref="InvalidInputException">There is none of that name.</exception>
    public static PublishedWeights Find(string name, string field)
    {
        if (Known.FirstOrDefault(known => known.Name == (name == ImageNet ? "keras-imagenet" : name)) is { } found)
        {
            return found;
        }

        return HuggingFaceName().Match(name) is { Success: true } match
            ? OnHuggingFace(name, match.Groups[1].Value)
            : throw new InvalidInputException(field, $"must be {Names}, got '{name}'");
    }

    /// <remarks>The address is <c>HUGGINGFACE_CO_URL_TEMPLATE</c> in huggingface/huggingface_hub, src/huggingface_hub/constants.py.</remarks>
    private static PublishedWeights OnHuggingFace(string name, string repository) => new(
        name, $"model.safetensors of {repository} on Hugging Face", new($"https://huggingface.co/{repository}/resolve/main/model.safetensors"), $"{repository}/model.safetensors", null, null);

    [GeneratedRegex("^hf:([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})\\z")]
    private static partial Regex HuggingFaceName();
}
