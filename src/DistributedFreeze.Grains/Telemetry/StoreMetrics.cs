using System.Diagnostics.Metrics;
using DistributedFreeze.Telemetry;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>What a silo asked of the store of state, as metrics name it.</summary>
internal static class StoreOperation
{
    /// <summary>To read a grain's state.</summary>
    public const string Read = "read";

    /// <summary>To write it.</summary>
    public const string Write = "write";

    /// <summary>To forget it.</summary>
    public const string Clear = "clear";

    /// <summary>Whether it is there, while somebody waits for it.</summary>
    public const string Ask = "ask";
}

/// <summary>How often this silo's store failed it.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class StoreMetrics
{
    private readonly Counter<long> _failures;

    /// <param name="meters">Where the counter belongs.</param>
    public StoreMetrics(IMeterFactory meters)
    {
        _failures = Measures.StoreFailures.CreateCounter(meters.Create(Measures.Meter));
        foreach (var operation in new[] { StoreOperation.Read, StoreOperation.Write, StoreOperation.Clear, StoreOperation.Ask })
        {
            _failures.Add(0, Label(operation)); // a rise is seen from 0 only
        }
    }

    /// <summary>Takes note of a failure.</summary>
    /// <param name="operation">One of <see cref="StoreOperation"/>.</param>
    internal void Failed(string operation) => _failures.Add(1, Label(operation));

    private static KeyValuePair<string, object?> Label(string operation) => new("operation", operation);
}
