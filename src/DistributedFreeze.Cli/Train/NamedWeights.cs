using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Train;

/// <summary>Weights that a run has by a name such as <c>imagenet</c>: a file of this machine, pulled where it is not there yet. For one run.</summary>
internal sealed class NamedWeights(CommandConsole console)
{
    private const string Field = "model.weights";
    private const string GraphField = "model.graph";
    private const string ArchitectureField = "model.architecture";

    private PublishedWeights? _named;

    private static WeightsPull Here => new(WeightsPull.DefaultFolder, WeightsMirror.Of(null, Field), Field);

    /// <summary>Puts the file's path in the place of its name, and the network that it is of where the run names none. Nothing is pulled yet.</summary>
    /// <exception cref="Errors.InvalidInputException">There is no such name, or it is of another network than the run's.</exception>
    public RunDraft Locate(RunDraft draft)
    {
        if (draft.Text(Field) is not { } name || !WeightNames.Is(name))
        {
            return draft;
        }

        _named = PublishedWeights.Find(name, Field);
        RequireArchitecture(draft, _named);
        var path = Here.PathOf(_named);
        var graph = _named.Graph is { } known && !draft.Has(GraphField) ? RunEnums.NameOf(known) : null;
        console.Error.WriteLine($"weights: {name} is {_named.What}{(graph is null ? "" : $", graph {graph}")}: {path}");
        draft = draft.With(Field, path, Field);
        return graph is null ? draft : draft.With(GraphField, graph, GraphField);
    }

    /// <summary>Before anything is pulled: a file of another network would be refused after a hundred megabytes.</summary>
    private static void RequireArchitecture(RunDraft draft, PublishedWeights named)
    {
        // What is no network's name is refused as such, later.
        if (named.Graph is not null && draft.Text(ArchitectureField) is { } name
            && RunEnums.Architecture.Find(name) is { } architecture && architecture != PublishedWeights.Architecture)
        {
            var (given, right) = (RunEnums.NameOf(architecture), RunEnums.NameOf(PublishedWeights.Architecture));
            throw new Errors.InvalidInputException(
                Field, $"{named.Name} is {named.What}, but the run's network is {given}: give a file of it, or `{ArchitectureField}: {right}`");
        }
    }

    /// <summary>Brings the file here unless it is, or the run has no such name.</summary>
    /// <param name="cancellationToken">Ends it; the next pull goes on.</param>
    /// <exception cref="Errors.InvalidInputException">It cannot be had.</exception>
    public async Task PullAsync(CancellationToken cancellationToken)
    {
        if (_named is not null)
        {
            await PullAsync(console, Here, _named, cancellationToken);
        }
    }

    /// <summary>The same for a run that is handed to a cluster, whose silos have folders of their own.</summary>
    /// <inheritdoc cref="PullAsync(CancellationToken)"/>
    public async Task PullForClusterAsync(CancellationToken cancellationToken)
    {
        await PullAsync(cancellationToken);
        if (_named is not null)
        {
            console.Error.WriteLine($"weights: the silos are given that path and have to see the file there: {WeightsPull.Variable} names a folder that they share, or copy the file and name its path");
        }
    }

    /// <summary>Pulls with progress on the error output.</summary>
    public static async Task<PulledWeights> PullAsync(CommandConsole console, WeightsPull pull, PublishedWeights weights, CancellationToken cancellationToken)
    {
        PulledWeights pulled;
        using (var progress = new PartProgress(console, TimeProvider.System))
        {
            pulled = await pull.RunAsync(
                weights,
                (here, all) => progress.Show(
                    weights.Name, startsWithKept: true, here, all ?? here, () => $"pulling {weights.Name}  {Amount.Bytes(here)}{(all is { } bytes ? $" of {Amount.Bytes(bytes)}" : "")}"),
                cancellationToken);
        }

        if (pulled.From is not null)
        {
            console.Error.WriteLine($"weights: {Amount.Bytes(pulled.Bytes)} pulled from {pulled.From}, {Checked(pulled)}");
        }

        return pulled;
    }

    /// <summary>What is known of a file's content, as the rest of a sentence.</summary>
    public static string Checked(PulledWeights pulled) => pulled.Checksum is { } checksum ? $"checked by {checksum}" : "not checked, since nobody says a checksum";
}
