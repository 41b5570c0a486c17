namespace DistributedFreeze.Grains.Tests.Telemetry;

/// <summary>Tests that read a silo's metrics over HTTP, and run while no other does.</summary>
/// <remarks>
/// OpenTelemetry takes instruments of one name for one, whichever silo of the process they are of, and forgets them with the first meter that goes.
/// </remarks>
[CollectionDefinition(nameof(Metered), DisableParallelization = true)]
public sealed class Metered;
