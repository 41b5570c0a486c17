using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>What trials share that have the same images, the same way from a file to features, and the same base: read once.</summary>
/// <remarks>Thread-safe but for <see cref="Look"/>.</remarks>
internal sealed class SweepHome : IDisposable
{
    /// <summary>How often the pass over the images says how far it is.</summary>
    private const int Tellings = 20;

    private readonly RunWorkspace _workspace;

    private SweepHome(RunWorkspace workspace)
    {
        _workspace = workspace;
        Inputs = new(workspace.Run.Data.Hash, workspace.Weights.Any.Sha256, workspace.Weights.Parent?.ModelSha256);
    }

    /// <summary>What its trials train on.</summary>
    public TrialInputs Inputs { get; }

    /// <summary>Reads images and weights.</summary>
    /// <param name="spec">A trial.</param>
    /// <param name="stores">Where features are kept.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="Errors.InvalidInputException">Data or weights cannot be used, or nothing is there to validate with.</exception>
    public static SweepHome Load(RunSpec spec, FeatureStores stores, CancellationToken cancellationToken)
    {
        var workspace = RunWorkspace.Load(spec, stores, cancellationToken);
        try
        {
            _ = workspace.Preprocessing.Choice;
            return !workspace.Run.Data.Validation.IsEmpty
                ? new(workspace)
                : throw new Errors.InvalidInputException("data.validation_share", "must be above 0, or the data must have a val folder: trials are compared on validation images");
        }
        catch
        {
            workspace.Dispose();
            throw;
        }
    }

    /// <summary>What is the same for all trials that share a home.</summary>
    /// <param name="spec">A trial.</param>
    /// <param name="isDivided">Tells whether the data at a path are divided into splits already: <see cref="IsDivided"/>.</param>
    public static string KeyOf(RunSpec spec, Func<string, bool> isDivided) => System.Text.Json.JsonSerializer.Serialize(
        new
        {
            Data = spec.Data with { Augmentation = null },
            Model = spec.Model with { Head = new() { Inputs = HeadInputs.Ordered(spec.Model).Head.Inputs } },
            spec.Features,
            spec.From,
            spec.ThreadsPerReplica,
            spec.Device,
            spec.Precision,
            Seed = DependsOnSeed(spec, isDivided) ? spec.Seed : 0,
        },
        RunJson.Stored);

    /// <summary>Whether data have a split of their own for validation and one for the test, so that no seed divides them. Lists them.</summary>
    /// <param name="path">Their folder or manifest.</param>
    /// <exception cref="Errors.InvalidInputException">They cannot be listed.</exception>
    public static bool IsDivided(string path)
    {
        var listing = DataListing.Read(Path.GetFullPath(path));
        return listing.Has(Split.Validation) && listing.Has(Split.Test);
    }

    /// <summary>What a trial needs.</summary>
    /// <param name="spec">The trial.</param>
    public RunWorkspace Lend(RunSpec spec) => _workspace.Lend(spec, _workspace.Run.Data);

    /// <summary>One pass over the images that keeps the features at every boundary that trials read; what is kept already is not computed.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="threads">How many images pass at a time.</param>
    /// <param name="done">Told how many images are done, of how many.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public void Look(IReadOnlyList<RunSpec> trials, Device device, int threads, Action<int, int> done, CancellationToken cancellationToken)
    {
        var data = _workspace.Run.Data;
        ImmutableArray<LabelledImage> images = [.. trials.Any(trial => trial.Data.Augmentation is null) ? data.Train : [], .. data.Validation];
        using var pass = Lend(Pass(trials));
        using var group = new LocalGroup(pass, device, Math.Min(threads, pass.Run.Spec.Shards));
        group.BeginPhase(0, new());
        var block = group.Count * pass.Features.Engines.BlockOn(device);
        var part = Math.Max(1, images.Length / Tellings / block) * block;
        for (var start = 0; start < images.Length; start += part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            done(start, images.Length);
            group.Score(images[start..Math.Min(images.Length, start + part)]);
        }

        done(images.Length, images.Length);
    }

    public void Dispose() => _workspace.Dispose();

    /// <summary>A run that has a phase for whatever a trial unfreezes, the fewest layers first: in its first phase it keeps all that later ones read.</summary>
    private RunSpec Pass(IReadOnlyList<RunSpec> trials)
    {
        ImmutableArray<PhaseSpec> phases = [.. trials.SelectMany(trial => trial.Phases).Select(phase => phase.Freeze).Distinct().Select(freeze => new PhaseSpec { Freeze = freeze, Epochs = 1 })];
        var spec = trials[0] with { Data = trials[0].Data with { Augmentation = null }, Mixup = 0, FeatureAugmentation = null, Phases = phases };
        using var all = Lend(spec);
        return spec with { Phases = [.. phases.Zip(all.Run.Routes).OrderByDescending(pair => pair.Second.Boundary).DistinctBy(pair => pair.Second.Boundary).Select(pair => pair.First)] };
    }

    /// <summary>The seed divides images that are not divided yet, and draws a base where no file gives one.</summary>
    private static bool DependsOnSeed(RunSpec spec, Func<string, bool> isDivided)
    {
        if (spec.Model is { Weights: null, Base: null })
        {
            return true;
        }

        return spec.Data.Split is null && spec.Data.Folds is null && !isDivided(spec.Data.Path);
    }
}
