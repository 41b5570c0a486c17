using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Pull;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Train;

/// <summary>Weights that a run has by a name such as <c>imagenet</c>: a file of this machine, pulled where it is not there yet. For one run.</summary>
internal sealed class NamedWeights(CommandConsole console)
{
    internal const string Field = "model.weights";
    internal const string GraphField = "model.graph";
    internal const string ArchitectureField = "model.architecture";

    private PublishedWeights? _named;
    private string? _told;

    private static WeightsPull Here => new(WeightsPull.DefaultFolder, WeightsMirror.Of(null, Field), Field);

    /// <summary>Whether the run is for a cluster, whose silos' files are not this machine's.</summary>
    public bool ForCluster { get; init; }

    /// <summary>Puts the file's path in the place of its name, and the network that it is of where the run names none. Nothing is pulled yet.</summary>
    /// <exception cref="Errors.InvalidInputException">There is no such name, or none of it for the run's network.</exception>
    public RunDraft Locate(RunDraft draft)
    {
        if (draft.Text(Field) is not { } name || !WeightNames.Is(name))
        {
            return ForCluster ? draft : FoundNetwork.In(console, draft);
        }

        // What is no network's or graph's name is refused as such, later.
        var architecture = draft.Text(ArchitectureField) is { } network && RunEnums.Architecture.Find(network) is { } found ? found : default;
        var wanted = draft.Text(GraphField) is { } word && RunEnums.Graph.Find(word) is { } given ? given : (NetworkGraph?)null;
        _named = PublishedWeights.Find(name, architecture, wanted, Field);
        var path = Here.PathOf(_named);
        var graph = _named.Network is { } known && !draft.Has(GraphField) ? RunEnums.NameOf(known.Graph) : null;
        Tell($"weights: {name} is {_named.What}{(graph is null ? "" : $", graph {graph}")}: {path}");
        draft = draft.With(Field, path, Field);
        draft = graph is null ? draft : draft.With(GraphField, graph, GraphField);
        return _named.Network is null ? FoundNetwork.In(console, draft) : draft;
    }

    /// <summary>Makes a run, brings its weights here, and makes it again where only their file says of which network they are.</summary>
    /// <param name="make">Makes it, with <see cref="Locate"/>.</param>
    /// <param name="cancellationToken">Ends it; the next pull goes on.</param>
    /// <exception cref="Errors.InvalidInputException">They cannot be had, or the run is not right.</exception>
    public async Task<T> PulledForAsync<T>(Func<T> make, CancellationToken cancellationToken)
    {
        var made = make();
        await PullAsync(cancellationToken);
        return _named is { Network: null } ? make() : made;
    }

    private void Tell(string line)
    {
        if (line != _told)
        {
            console.Error.WriteLine(line);
            _told = line;
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
