using System.Collections;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>The scope of what is logged for a run, whoever logs it: a structured log has the run's id with each line.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class RunScope : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>Name under which the id is found.</summary>
    public const string Key = "runId";

    private readonly string _runId;

    private RunScope(string runId) => _runId = runId;

    public int Count => 1;

    public KeyValuePair<string, object?> this[int index] => index == 0 ? new(Key, _runId) : throw new ArgumentOutOfRangeException(nameof(index));

    /// <summary>Begins it for what follows from here, across awaits, until it is disposed.</summary>
    /// <param name="logger">Any logger of the silo's.</param>
    /// <param name="runId">The run; null for a device without one, which has no scope.</param>
    public static IDisposable? Begin(ILogger logger, string? runId) => runId is null ? null : logger.BeginScope(new RunScope(runId));

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return this[0];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>As a log of plain text has it.</summary>
    public override string ToString() => $"{Key}:{_runId}";
}
