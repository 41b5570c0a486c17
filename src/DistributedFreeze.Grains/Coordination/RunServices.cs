using System.Collections.Immutable;
using DistributedFreeze.Devices;
using DistributedFreeze.Grains.Artefacts;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Runs;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>What the coordinators of a silo share: the world as they know it.</summary>
internal sealed record RunServices
{
    /// <summary>The way to scheduler, replicas and catalogue.</summary>
    public required IGrainFactory Grains { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Is told what happens.</summary>
    public required RunTelemetry Telemetry { get; init; }

    /// <summary>Where runs may read and write.</summary>
    public required PathRoots Roots { get; init; }

    /// <summary>How coordinators work.</summary>
    public required CoordinationOptions Options { get; init; }

    /// <summary>Where silos run, and whether they still do.</summary>
    public required Whereabouts Whereabouts { get; init; }

    /// <summary>Stores what has to be stored.</summary>
    public required RetryingStore RetryingStore { get; init; }

    /// <summary>Is told of a run that is driven here, with how it is left when the silo ends.</summary>
    public required Action<string, Task, Action> Watch { get; init; }

    /// <summary>Sees to it that somebody drives a run that is given up here.</summary>
    public required Action LookAgain { get; init; }

    /// <summary>Predicts a run's memory, and refuses a run that no silo could hold; null predicts none.</summary>
    public Func<RunSpec, Task<MemoryNeed?>>? RequireMemory { get; init; }

    /// <summary>Hashes of what runs have left.</summary>
    public ArtefactHashes Hashes { get; init; } = new();

    /// <summary>Reads what a run leaves, while the run's grain answers others.</summary>
    public Func<Func<ImmutableArray<Artefact>>, Task<ImmutableArray<Artefact>>> ReadLeft { get; init; } = Task.Run;

    /// <summary>What coordinators log to.</summary>
    public required ILogger Logger { get; init; }
}
