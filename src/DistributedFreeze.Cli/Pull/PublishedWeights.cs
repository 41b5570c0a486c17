using System.Text.RegularExpressions;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Pull;

/// <summary>A file of weights under a name of ours: where its publisher has it, and by what it is known.</summary>
/// <param name="Name">Such as <c>keras-imagenet</c>.</param>
/// <param name="What">What it is, for people.</param>
/// <param name="Address">The publisher's address.</param>
/// <param name="File">Its place below a cache or a mirror, with <c>/</c> between folders.</param>
/// <param name="Checksum">What the publisher says of its content; null where only the answer to a request does.</param>
/// <param name="Network">The network that it is of; null where only the file says.</param>
internal sealed partial record PublishedWeights(string Name, string What, Uri Address, string File, Checksum? Checksum, LayerTable? Network)
{
    /// <summary>How a name looks, for help and errors.</summary>
    public const string Names = "keras-imagenet (or imagenet), torchvision-v1, torchvision-v2 or hf:ORG/NAME";

    /// <summary>What stands for the file that Keras itself takes by this word, and for torchvision's first where Keras has none.</summary>
    private const string ImageNet = "imagenet";

    private const string Keras = "keras-imagenet";
    private const string TorchvisionV1 = "torchvision-v1";
    private const string TorchvisionV2 = "torchvision-v2";

    /// <summary>The only place that knows addresses and checksums.</summary>
    /// <remarks>
    /// Keras: <c>BASE_WEIGHTS_PATH</c> and the first of each pair of <c>WEIGHTS_HASHES</c> in keras-team/keras, keras/src/applications/resnet.py.
    /// torchvision: <c>ResNet50_Weights</c> and its kin in pytorch/vision, torchvision/models/resnet.py; the digits in a name are the first of its content's SHA-256,
    /// by <c>check_hash</c> of <c>load_state_dict_from_url</c> in pytorch/pytorch, torch/hub.py.
    /// </remarks>
    private static readonly PublishedWeights[] Known =
    [
        OfKeras(ModelArchitecture.ResNet50, "2cb95161c43110f7111970584f804107"),
        OfKeras(ModelArchitecture.ResNet101, "f1aeb4b969a6efcfb50fad2f0c20cfc5"),
        OfKeras(ModelArchitecture.ResNet152, "100835be76be38e30d865e96f2aaae62"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNet18, "f37072fd"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNet34, "b627a593"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNet50, "0676ba61"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNet101, "63fe2227"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNet152, "394f9c45"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.ResNext50x32x4d, "7cdf4587"),
        OfTorchvision(TorchvisionV1, ModelArchitecture.WideResNet50x2, "95faca4d"),
        OfTorchvision(TorchvisionV2, ModelArchitecture.ResNet50, "11ad3fa6"),
        OfTorchvision(TorchvisionV2, ModelArchitecture.ResNet101, "cd907fc2"),
        OfTorchvision(TorchvisionV2, ModelArchitecture.ResNet152, "f82ba261"),
        OfTorchvision(TorchvisionV2, ModelArchitecture.ResNext50x32x4d, "1a0047aa"),
        OfTorchvision(TorchvisionV2, ModelArchitecture.WideResNet50x2, "9ba9bcbe"),
    ];

    /// <summary>Whether the answer to a request says the content's hash.</summary>
    public bool IsOnHuggingFace => Name.StartsWith(WeightNames.HuggingFace, StringComparison.Ordinal);

    /// <summary>Finds what a name stands for.</summary>
    /// <param name="name">A name.</param>
    /// <param name="architecture">The network that it is wanted for.</param>
    /// <param name="graph">The graph that it is wanted for; null for the file's own.</param>
    /// <param name="field">What gave the name.</param>
    /// <exception cref="InvalidInputException">There is none of that name, or none of it for that network.</exception>
    public static PublishedWeights Find(string name, ModelArchitecture architecture, NetworkGraph? graph, string field)
    {
        if (HuggingFaceName().Match(name) is { Success: true } match)
        {
            return OnHuggingFace(name, match.Groups[1].Value);
        }

        if (name != ImageNet && !Known.Any(known => known.Name == name))
        {
            throw new InvalidInputException(field, $"must be {Names}, got '{name}'");
        }

        var fitting = Known.Where(known => known.Network!.Architecture.Architecture == architecture && (graph ?? known.Network.Graph) == known.Network.Graph).ToList();
        return fitting.Find(known => name == ImageNet || known.Name == name) ?? throw new InvalidInputException(field, Elsewhere(name, architecture, graph, fitting));
    }

    private static string Elsewhere(string name, ModelArchitecture architecture, NetworkGraph? graph, List<PublishedWeights> fitting)
    {
        var network = $"{RunEnums.NameOf(architecture)}{(graph is { } wanted ? $" of graph {RunEnums.NameOf(wanted)}" : "")}";
        var has = string.Join(", ", Known.Where(known => known.Name == name).Select(known => RunEnums.NameOf(known.Network!.Architecture.Architecture)));
        var graphs = Known.Where(known => known.Name == name).Select(known => RunEnums.NameOf(known.Network!.Graph)).Distinct();
        return $"{name} has no file for {network}"
            + (has.Length > 0 ? $": it has {has}, of graph {string.Join(" or ", graphs)}" : "")
            + (fitting.Count > 0 ? $"; {string.Join(" or ", fitting.Select(known => known.Name))} would be right" : "");
    }

    private static PublishedWeights OfKeras(ModelArchitecture architecture, string md5)
    {
        var table = LayerTable.For(NetworkGraph.KerasV1, architecture);
        var file = $"{RunEnums.NameOf(architecture)}_weights_tf_dim_ordering_tf_kernels.h5";
        return new(
            Keras, $"Keras's {table.Architecture.Name}, trained on ImageNet", new($"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{file}"), file, Checksum.Md5(md5), table);
    }

    private static PublishedWeights OfTorchvision(string name, ModelArchitecture architecture, string digits)
    {
        var table = LayerTable.For(NetworkGraph.TorchvisionV15, architecture);
        var file = $"{table.Architecture.TorchvisionName}-{digits}.pth";
        return new(
            name,
            $"torchvision's {table.Architecture.Name}, IMAGENET1K_{name[^2..].ToUpperInvariant()}",
            new($"https://download.pytorch.org/models/{file}"),
            file,
            Checksum.Sha256(digits),
            table);
    }

    /// <remarks>The address is <c>HUGGINGFACE_CO_URL_TEMPLATE</c> in huggingface/huggingface_hub, src/huggingface_hub/constants.py.</remarks>
    private static PublishedWeights OnHuggingFace(string name, string repository) => new(
        name, $"model.safetensors of {repository} on Hugging Face", new($"https://huggingface.co/{repository}/resolve/main/model.safetensors"), $"{repository}/model.safetensors", null, null);

    [GeneratedRegex("^hf:([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})\\z")]
    private static partial Regex HuggingFaceName();
}
