using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Features.Storage;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Says how much there is to do in a run.</summary>
internal static class RunLoads
{
    public static RunLoad Of(RunWorkspace workspace, BaseWeights weights, Device device)
    {
        var spec = workspace.Spec;
        var load = new RunLoad
        {
            TrainImages = workspace.Data.Train.Length,
            ValidationImages = workspace.Data.Validation.Length,
            TestImages = workspace.Data.Test.Length,
            Views = spec.Data.Augmentation is { } augmentation && AugmentationChanges.Any(augmentation) ? augmentation.Views : 1,
            BlockSize = FeatureBlock.Size,
            HasPixels = workspace.HasPixels,
            StepsPerEpoch = workspace.Schedule.StepsPerEpoch,
            Shards = spec.Shards,
            Processors = Math.Max(1, (double)Environment.ProcessorCount / spec.ThreadsPerReplica),
            MemoryBytes = workspace.Store.Options.MemoryBytes,
            DiskBytes = 0,
            Phases = [.. Enumerable.Range(0, spec.Phases.Length).Select(phase => Phase(workspace, weights, phase, device))],
        };
        return load with { DiskBytes = DiskRoom(workspace.Store.Options, load.Phases.Sum(phase => phase.Stored * phase.RecordBytes)) };
    }

    private static PhaseLoad Phase(RunWorkspace workspace, BaseWeights weights, int phase, Device device)
    {
        var route = workspace.Routes[phase];
        var (stored, tests) = KeptRecords.Of(workspace, weights, phase, device);
        return new()
        {
            Boundary = workspace.NameOf(route.Boundary),
            Epochs = workspace.Spec.Phases[phase].Epochs,
            RecordBytes = workspace.RecordAt(route.Boundary).Stride + RecordEntry.Size,
            ExchangeBytes = sizeof(float) * (long)workspace.LayoutOf(phase).ExchangeLength,
            Stored = stored,
            StoredTests = tests,
            Serves = route.Serves,
        };
    }

    /// <summary>The quota, or what the disk has left besides the features that are there.</summary>
    private static long DiskRoom(FeatureStoreOptions options, long stored)
    {
        if (options.Directory is not { } folder || options.DiskBytes == 0)
        {
            return 0;
        }

        try
        {
            return Math.Min(options.DiskBytes, new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace + stored);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // then the store keeps to memory as well
        }
    }
}
