using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>On which classes of device a run has been computed. Each rounds in its own way, so that a run that had to change has other low bits than one that had not.</summary>
internal static class DeviceHistory
{
    /// <summary>The progress of a run that goes on on a class of device.</summary>
    /// <param name="progress">Where it stands; a run that stands at its start has been computed on none.</param>
    /// <param name="deviceClass">The class; null from a silo that does not say.</param>
    public static RunProgress With(RunProgress progress, string? deviceClass) =>
        deviceClass is null || Last(progress) == deviceClass ? progress
        : RunCursor.IsStart(progress) ? progress with { DeviceClasses = [deviceClass] }
        : progress with { DeviceClasses = [.. Known(progress).Where(known => known != deviceClass), deviceClass] }; // each once: a run may go to and fro

    /// <summary>The class that has computed a run last; null where nobody knows.</summary>
    public static string? Last(RunProgress progress) => progress.DeviceClasses is { IsDefaultOrEmpty: false } known ? known[^1] : null;

    private static ImmutableArray<string> Known(RunProgress progress) => progress.DeviceClasses.IsDefault ? [] : progress.DeviceClasses;
}
