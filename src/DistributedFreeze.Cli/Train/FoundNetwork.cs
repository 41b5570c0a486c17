using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Cli.Train;

/// <summary>The network of a run that names its weights and no network: the one that the file is of.</summary>
internal static class FoundNetwork
{
    /// <summary>Fills in what the file says and the run does not, and tells where that is not the default.</summary>
    /// <param name="console">Where it is told.</param>
    /// <param name="draft">The run; left as it is where its file cannot be read or holds no network whole, which is told later, by who needs it.</param>
    public static RunDraft In(CommandConsole console, RunDraft draft)
    {
        if (draft.Text(NamedWeights.Field) is not { } path || (draft.Has(NamedWeights.GraphField) && draft.Has(NamedWeights.ArchitectureField))
            || draft.Has("from") || draft.Has("model.base") || !File.Exists(path) || Table(path) is not { } table)
        {
            return draft;
        }

        var (graph, architecture) = (RunEnums.NameOf(table.Graph), RunEnums.NameOf(table.Architecture.Architecture));
        if (!Agrees(draft, NamedWeights.GraphField, graph) || !Agrees(draft, NamedWeights.ArchitectureField, architecture))
        {
            return draft; // what the run says and the file is not is refused with both
        }

        if (NetworkOptions.Of(table) is { Length: > 0 } options)
        {
            console.Error.WriteLine($"weights: {path} is a {table.Architecture.Name} of graph {graph}:{options}");
        }

        return draft.With(NamedWeights.GraphField, graph, NamedWeights.GraphField).With(NamedWeights.ArchitectureField, architecture, NamedWeights.ArchitectureField);
    }

    private static bool Agrees(RunDraft draft, string field, string found) => draft.Text(field) is not { } given || string.Equals(given, found, StringComparison.OrdinalIgnoreCase);

    private static Freezing.Layers.LayerTable? Table(string path)
    {
        try
        {
            using var file = WeightsFile.Open(path);
            return WeightsSummary.Of(file).Table;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
