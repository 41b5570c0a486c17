using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>What a file of weights is: whose names it has, which network it is, and what it holds beside the base.</summary>
/// <remarks>Immutable. Made of names and shapes alone; no number is read, and libtorch isn't needed.</remarks>
public sealed record WeightsSummary
{
    private WeightsSummary()
    {
    }

    /// <summary>Whose names the tensors have in the file, as a possessive such as <c>torchvision's</c>; null where they are nobody's.</summary>
    public string? Names { get; private init; }

    /// <summary>The network whose base the file holds whole; null for none.</summary>
    public LayerTable? Table { get; private init; }

    /// <summary>Why it holds no base whole, compared with the nearest network; empty where <see cref="Table"/> is one.</summary>
    public ImmutableArray<string> Problems { get; private init; } = [];

    /// <summary>Tensors beside the base, such as a head's; every tensor where <see cref="Table"/> is null.</summary>
    public ImmutableArray<TensorInfo> Others { get; private init; } = [];

    /// <summary>Compares a file with every network.</summary>
    /// <param name="file">The file, as <see cref="WeightsFile.Open"/> gives it.</param>
    public static WeightsSummary Of(ITensorFile file)
    {
        var nearest = WeightsCheck.Nearest(file)
            ?? LayerTable.All.Where(table => table.Architecture.Architecture == default).MinBy(table => WeightsCheck.Distance(table, file))!;
        try
        {
            return new() { Names = NamesOf(file), Table = nearest, Others = WeightsCheck.Compare(nearest, file) };
        }
        catch (InvalidInputException e)
        {
            return new() { Names = NamesOf(file), Problems = [.. e.Problems.Select(problem => problem.Message)], Others = [.. file.Tensors] };
        }
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
