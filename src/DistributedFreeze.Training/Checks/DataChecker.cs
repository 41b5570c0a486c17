using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Checks;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;
using TorchSharp;

namespace DistributedFreeze.Training.Checks;

/// <summary>Checks a folder of images with the eyes of a frozen base: beside what its files say, near duplicates and labels that are probably wrong.</summary>
/// <remarks>
/// What it finds follows from the spec and the content of the images, on however many processors. A run for a GPU is looked at on the processor where there is none, and a warning says so. The features that it needs are kept where runs keep theirs:
/// a run on the same images and weights does not compute them again. One check per object.
/// </remarks>
public sealed class DataChecker
{
    private readonly RunSpec _spec;
    private readonly Action<DataCheckProgress> _progress;
    private readonly Lock _telling = new();
    private int _done;

    /// <param name="spec">A run on the images: its data, weights, features and seed count.</param>
    /// <param name="progress">Told how far it is, from any thread, one call after another.</param>
    public DataChecker(RunSpec spec, Action<DataCheckProgress> progress) => (_spec, _progress) = (spec, progress);

    /// <summary>Checks; on the calling thread and some of its own, for as long as the base takes to see every image.</summary>
    /// <param name="cancellationToken">Breaks it off; features that were computed stay kept.</param>
    /// <exception cref="InvalidInputException">Data or weights cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was broken off.</exception>
    /// <exception cref="LibTorchException">libtorch is missing or broken.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public DataCheck Run(CancellationToken cancellationToken)
    {
        LibTorch.EnsureLoaded();
        var (own, warning) = DeviceDiscovery.OnWhatIsThere(_spec);
        var spec = Trial.Short(own) with { Data = own.Data with { MaxSkippedShare = 1, Augmentation = null }, Features = Adviser.Kept(own.Features) };
        var device = ReplicaDevice.For(spec);
        var threads = Parallelism.Of(spec, device.type == DeviceType.CPU ? Environment.ProcessorCount : spec.ThreadsPerReplica).Threads;
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(spec, stores, cancellationToken, readsEveryFile: true);
        _ = workspace.Preprocessing.Choice;
        var data = workspace.Run.Data;
        var check = FolderInspection.Of(data, _spec.Data, cancellationToken);

        var images = FolderInspection.All(data);
        var blocks = new Blocks(workspace.Run.Table);
        var pass = new PooledPass(workspace.Features, workspace.Weights, blocks, [], device) { From = blocks.Places[^1].Offset };
        ImmutableArray<LabelledImage> all = [.. images.Select(one => one.Image)];
        var features = pass.Run(all, _ => true, threads, more => Tell(DataCheckStage.Images, more, all.Length), cancellationToken);
        return check with
        {
            Warnings = warning is null ? check.Warnings : check.Warnings.Add(warning),
            NearDuplicates = NearDuplicatesOf(data, images, features!, cancellationToken),
            Labels = LabelsOf(data, images, features!, threads, cancellationToken),
        };
    }

    private ImmutableArray<DuplicateGroup> NearDuplicatesOf(DataSet data, ImmutableArray<(LabelledImage Image, Split Split)> images, float[][] features, CancellationToken cancellationToken)
    {
        _done = 0;

        // Of equal files one stands for all: they are told of already.
        ImmutableArray<int> distinct = [.. Enumerable.Range(0, images.Length).DistinctBy(i => images[i].Image.Hash)];
        var found = NearDuplicates.Find([.. distinct.Select(i => features[i])], more => Tell(DataCheckStage.Duplicates, more, NearDuplicates.Work(distinct.Length)), cancellationToken);
        return DuplicateGroup.Sorted(found.Select(group => FolderInspection.Group(data, group.Images.Select(i => images[distinct[i]]), group.Similarity)));
    }

    private ImmutableArray<SuspectedLabel>? LabelsOf(DataSet data, ImmutableArray<(LabelledImage Image, Split Split)> images, float[][] features, int threads, CancellationToken cancellationToken)
    {
        _done = 0;
        ImmutableArray<LabelledImage> all = [.. images.Select(one => one.Image)];
        var judges = new HeldOutProbabilities(features, all, data.Classes.Length, _spec.Seed);
        if (!judges.CanTell)
        {
            return null;
        }

        var probabilities = judges.Run(threads, () => Tell(DataCheckStage.Labels, 1, HeldOutProbabilities.FoldCount), cancellationToken);
        return
        [
            .. ConfidentLearning.Find(probabilities, [.. all.Select(image => image.Class)]).Select(suspect => new SuspectedLabel(
                FolderInspection.Name(data, all[suspect.Image], images[suspect.Image].Split),
                data.Classes[suspect.LooksLike],
                probabilities[suspect.Image][all[suspect.Image].Class],
                probabilities[suspect.Image][suspect.LooksLike])),
        ];
    }

    private void Tell(DataCheckStage stage, int more, int all)
    {
        lock (_telling)
        {
            _progress(new(stage, _done += more, all));
        }
    }
}

/// <summary>How far a <see cref="DataChecker"/> is.</summary>
/// <param name="Stage">What it does now.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="All">How much there is, in the same unit.</param>
public readonly record struct DataCheckProgress(DataCheckStage Stage, int Done, int All);

/// <summary>What a <see cref="DataChecker"/> does.</summary>
public enum DataCheckStage
{
    /// <summary>Every image goes through the frozen base once.</summary>
    Images = 0,

    /// <summary>Images are compared with one another.</summary>
    Duplicates = 1,

    /// <summary>Classifiers are trained, and judge images that they have not seen.</summary>
    Labels = 2,
}
