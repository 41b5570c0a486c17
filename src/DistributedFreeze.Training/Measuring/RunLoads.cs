using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using DistributedFreeze.Training.Steps;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Says how much there is to do in a run.</summary>
internal static class RunLoads
{
    public static RunLoad Of(RunFeatures features, BaseWeights weights, Device device)
    {
        var run = features.Run;
        var spec = run.Spec;
        var load = new RunLoad
        {
            TrainImages = run.Data.Train.Length,
            ValidationImages = run.Data.Validation.Length,
            TestImages = run.Data.Test.Length,
            Views = spec.Data.Augmentation is { } augmentation && AugmentationChanges.Any(augmentation) ? augmentation.Views : 1,
            BlockSize = features.Engines.BlockOn(device),
            HasPixels = features.Pixels.AreKept,
            StepsPerEpoch = run.Schedule.StepsPerEpoch,
            Shards = spec.Shards,
            Processors = Math.Max(1, (double)Environment.ProcessorCount / spec.ThreadsPerReplica),
            MemoryBytes = features.Store.Options.MemoryBytes,
            DiskBytes = 0,
            Phases = [.. Enumerable.Range(0, spec.Phases.Length).Select(phase => Phase(features, weights, phase, device))],
        };
        return load with { DiskBytes = DiskRoom(features.Store.Options, load.Phases.Sum(phase => phase.Stored * phase.RecordBytes)) };
    }

    private static PhaseLoad Phase(RunFeatures features, BaseWeights weights, int phase, Device device)
    {
        var run = features.Run;
        var route = run.Routes[phase];
        var (stored, tests) = KeptRecords.Of(features, weights, phase, device);
        return new()
        {
            Boundary = run.NameOf(route.Boundary),
            Epochs = run.Spec.Phases[phase].Epochs,
            RecordBytes = run.RecordAt(route.Boundary).Stride + RecordEntry.Size,
            ExchangeBytes = sizeof(float) * (long)ParameterLayout.Of(run, phase).ExchangeLength,
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
