using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Memory;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Advice;

/// <summary>Asks the data how much to unfreeze: probes every depth of the frozen base, then trains short runs of a few candidates and compares them.</summary>
/// <remarks>
/// Everything follows from the spec and the content of the images: twice the same question gives the same scores, on however many processors. Only a budget
/// lets time in, and it decides no more than which candidates are tried. Nothing is written but features. One question per object.
/// </remarks>
public sealed class Adviser
{
    private readonly AdviceRequest _request;
    private readonly Action<AdviceProgress> _progress;
    private readonly AdvicePlace? _place;
    private readonly Lock _telling = new();

    /// <param name="request">What is asked.</param>
    /// <param name="progress">Told how far it is, from any thread, one call after another.</param>
    public Adviser(AdviceRequest request, Action<AdviceProgress> progress)
        : this(request, progress, place: null)
    {
    }

    /// <param name="request">What is asked.</param>
    /// <param name="progress">Told how far it is, from any thread, one call after another.</param>
    /// <param name="place">Where it is computed; null takes this process's first device and all of its processors.</param>
    internal Adviser(AdviceRequest request, Action<AdviceProgress> progress, AdvicePlace? place) => (_request, _progress, _place) = (request, progress, place);

    /// <summary>Finds out; on the calling thread and some of its own, for minutes.</summary>
    /// <param name="cancellationToken">Breaks it off: what is known by then is returned.</param>
    /// <exception cref="InvalidInputException">The question is invalid, data or weights cannot be used, or no candidate is small enough.</exception>
    /// <exception cref="OperationCanceledException">It was broken off before anything was known.</exception>
    /// <exception cref="RunFailedException">The head diverges, and with it every candidate, since all train it first.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public AdviceResult Run(CancellationToken cancellationToken)
    {
        AdviceRules.EnsureValid(_request);
        LibTorch.EnsureLoaded();
        using var ownStores = _place is null ? new FeatureStores() : null;
        var place = _place ?? AdvicePlace.Whole(_request.Spec, ownStores!);
        return Run(place, _request.Spec with { Features = Kept(_request.Spec.Features) }, cancellationToken);
    }

    private AdviceResult Run(AdvicePlace place, RunSpec spec, CancellationToken cancellationToken)
    {
        var (device, parallel) = (place.Device, place.Parallel);
        using var workspace = RunWorkspace.Load(Trial.Short(spec), place.Stores, cancellationToken);
        _ = workspace.Preprocessing.Choice;
        var run = workspace.Run;

        var splits = HeldOut.Of(run.Data, _request.Folds, spec.Seed);
        var candidates = Candidate.For(spec, run.Table, run.Data.Classes.Length);
        RequireRoom(candidates[0]);
        var blocks = new Blocks(run.Table);
        var result = new AdviceResult
        {
            IsWhole = false,
            Metric = _request.Metric,
            TrainImages = run.Data.Train.Length,
            HeldOutImages = splits.Sum(split => split.Validation.Length),
            Splits = splits.Length,
            AreValidation = _request.Folds is null && !run.Data.Validation.IsEmpty,
            Notes = Notes(spec),
        };

        // Short runs read the images of every split, and probes those that train in the run.
        ImmutableArray<Data.LabelledImage> images = [.. run.Data.Train, .. run.Data.Validation];
        var drawn = Folds.Draw(run.Data.Train, DepthProbe.MostImages, spec.Seed);
        var pass = new PooledPass(workspace.Features, workspace.Weights, blocks, candidates.Where(candidate => !OnBlocks(candidate)).Select(candidate => candidate.Plan.Boundary.Index), device);
        var records = Look(pass, images, i => i < drawn.Length && drawn[i], parallel.Threads, cancellationToken);
        try
        {
            (result, var chosen) = Probe(result, run, splits, blocks, records, drawn, parallel.Threads, cancellationToken);
            result = Differentiate(result, candidates[0], new(workspace, splits[0], blocks, device), parallel.Threads, cancellationToken);
            candidates = Candidate.For(spec, run.Table, run.Data.Classes.Length, Candidate.Hole(result.Gradients, run.Table), chosen);
            candidates = [.. candidates.Select(Limited).Select(candidate => OnBlocks(candidate) && candidate.NotTried is null ? Composed(candidate) : candidate)];
            using var tournament = new Tournament(_request, workspace, splits, candidates, device, parallel, Tell);
            try
            {
                tournament.Run(cancellationToken);
                return tournament.Add(result) with { IsWhole = true };
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return tournament.Add(result);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return result;
        }

        Candidate Composed(Candidate candidate)
        {
            var missing = 0;
            foreach (var head in Enumerable.Range(0, splits.Length).Select(candidate.SpecIn).DistinctBy(head => head.Model.Head))
            {
                using var lent = workspace.Lend(Trial.Short(head), run.Data);
                missing = Math.Max(missing, pass.Compose(lent.Features, images, cancellationToken));
            }

            return missing == 0 ? candidate : candidate with
            {
                NotTried = string.Create(CultureInfo.InvariantCulture, $"the feature cache has no room for the channel means of {missing:N0} of the {images.Length:N0} images, which would have to pass the base again; give it more disk"),
            };
        }
    }

    private Candidate Limited(Candidate candidate) => candidate.ModelBytes > _request.MaxModelBytes
        ? candidate with { NotTried = $"its model would have {Amount.Bytes(candidate.ModelBytes)}" }
        : candidate;

    private static bool OnBlocks(Candidate candidate) => candidate is { IsBaseFrozen: true, IsHeadAlone: false };

    private float[]?[] Look(PooledPass pass, ImmutableArray<Data.LabelledImage> images, Func<int, bool> isWanted, int threads, CancellationToken cancellationToken)
    {
        var done = 0;
        return pass.Run(images, isWanted, threads, more => Tell(() => new(AdviceStage.Images, done += more, images.Length)), cancellationToken);
    }

    private (AdviceResult Result, ChosenBlocks Chosen) Probe(
        AdviceResult result, RunDefinition run, ImmutableArray<Data.DataSet> splits, Blocks blocks, float[]?[] records, ImmutableArray<bool> drawn, int threads, CancellationToken cancellationToken)
    {
        ImmutableArray<Data.LabelledImage> probed = [.. run.Data.Train.Where((_, i) => drawn[i])];
        ImmutableArray<float[]> means = [.. records.OfType<float[]>()];
        var probe = new DepthProbe(means, probed, run.Data.Classes.Length, blocks, run.Spec.Seed);
        var choices = new BlockChoices(means, probed, splits, run.Data.Classes.Length, blocks, run.Spec.Seed);
        var (done, all) = (0, probe.Parts + choices.Parts);
        var depths = probe.Run(threads, Next, cancellationToken);
        if (depths.IsEmpty)
        {
            return (result with { Notes = result.Notes.Add("Depths were not probed: there are fewer than 5 images per class to do so.") }, ChosenBlocks.None);
        }

        var (selection, chosen) = choices.Run(threads, Next, cancellationToken);
        result = result with { Depths = depths, ProbedImages = probed.Length, Selection = selection };
        return (choices.Parts > 0 ? result : result with { Notes = result.Notes.Add("Blocks for a head were not chosen: there are too many classes for it, or too few images.") }, chosen);

        void Next() => Tell(() => new(AdviceStage.Depths, ++done, all));
    }

    private AdviceResult Differentiate(AdviceResult result, Candidate head, GradientProbe probe, int threads, CancellationToken cancellationToken)
    {
        var spec = GradientProbe.SpecOf(head);
        var memory = MemoryEstimate.Of(RunPlan.Of(spec, head.Classes), images: null).Memory;
        var available = MemoryLimit.Of(RunHost.Current);
        var replicas = Math.Min(threads, spec.Shards);
        while (replicas > 1 && ByteCount.Sum([memory.Bytes, .. Enumerable.Repeat(memory.BytesOfAnother, replicas - 1)]) > available)
        {
            replicas--; // they change nothing but the time
        }

        return memory.Bytes > available
            ? result with { Notes = result.Notes.Add($"Relative gradient norms were not computed: that takes about {Amount.Bytes(memory.Bytes)} of memory, and this machine has {Amount.Bytes(available)} for it.") }
            : With(result, probe.Run(spec, replicas, (done, all) => Tell(() => new(AdviceStage.Gradients, done, all)), cancellationToken));
    }

    private static AdviceResult With(AdviceResult result, ImmutableArray<BlockGradient> gradients) => gradients.All(one => double.IsFinite(one.Ratio))
        ? result with { Gradients = gradients }
        : result with { Notes = result.Notes.Add("There are no relative gradient norms: gradients of the base are no numbers, with the head trained.") };

    /// <exception cref="InvalidInputException">Not even the head alone is small enough.</exception>
    private void RequireRoom(Candidate head)
    {
        if (head.ModelBytes > _request.MaxModelBytes)
        {
            throw new InvalidInputException("max_model", $"must be at least {Amount.Bytes(head.ModelBytes)}, the size of the head alone, got {Amount.Bytes(_request.MaxModelBytes.Value)}");
        }
    }

    /// <summary>Short runs live on kept features: where a run keeps none on disk, they stay in memory.</summary>
    internal static FeatureSpec Kept(FeatureSpec features) => features.Cache == FeatureCacheMode.Off
        ? features with { Cache = FeatureCacheMode.On, DiskBytes = 0 }
        : features with { Cache = FeatureCacheMode.On };

    private static ImmutableArray<string> Notes(RunSpec spec) =>
    [
        .. spec.Data.Augmentation is null ? Array.Empty<string>() : ["Short runs saw the images as they are, without the run's augmentation."],
    ];

    private void Tell(Func<AdviceProgress> progress)
    {
        lock (_telling)
        {
            _progress(progress());
        }
    }
}
