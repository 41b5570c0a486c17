using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Weights;

/// <summary>What a file of weights is: whose names it has, for which graph it is, and what it holds beside the base.</summary>
/// <remarks>Immutable. Made of names and shapes alone; no number is read, and libtorch isn't needed.</remarks>
public sealed record WeightsSummary
{
    private WeightsSummary()
    {
    }

    /// <summary>Whose names the tensors have in the file, as a possessive such as <c>torchvision's</c>; null where they are nobody's.</summary>
    public string? Names { get; private init; }

    /// <summary>The graph whose base the file holds whole; null for none.</summary>
    public NetworkGraph? Graph { get; private init; }

    /// <summary>Why it holds no base whole, compared with the nearest graph; empty where <see cref="Graph"/> is one.</summary>
    public ImmutableArray<string> Problems { get; private init; } = [];

    /// <summary>Tensors beside the base, such as a head's; every tensor where <see cref="Graph"/> is null.</summary>
    public ImmutableArray<TensorInfo> Others { get; private init; } = [];

    /// <summary>Compares a file with every graph.</summary>
    /// <param name="file">The file, as <see cref="WeightsFile.Open"/> gives it.</param>
    public static WeightsSummary Of(ITensorFile file)
    {
        InvalidInputException? nearest = null;
        var fewest = int.MaxValue;
        foreach (var graph in Enum.GetValues<NetworkGraph>())
        {
            ImmutableArray<TensorSpec> wanted = [.. LayerTable.For(graph).Layers.SelectMany(layer => layer.Tensors)];
            try
            {
                return new() { Names = NamesOf(file), Graph = graph, Others = WeightsCheck.Compare(wanted, file) };
            }
            catch (InvalidInputException e)
            {
                var found = file.Tensors.ToDictionary(info => info.Name, info => info.Shape, StringComparer.Ordinal);
                var missing = wanted.Count(spec => !found.TryGetValue(spec.Name, out var shape) || !shape.SequenceEqual(spec.Shape));
                (nearest, fewest) = missing < fewest ? (e, missing) : (nearest, fewest);
            }
        }

        return new() { Names = NamesOf(file), Problems = [.. nearest!.Problems.Select(problem => problem.Message)], Others = [.. file.Tensors] };
    }

    private static string? NamesOf(ITensorFile file) => file switch
    {
        KerasH5File => "Keras's",
        TranslatedFile { Names.Scheme: NameScheme.Torchvision } => "torchvision's or timm's",
        TranslatedFile { Names.Scheme: NameScheme.HuggingFace } => "Hugging Face's",
        _ when file.Tensors.Any(info => TorchvisionNames.IsProjects(info.Name)) => "our own",
        _ => null,
    };
}
