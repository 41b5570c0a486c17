using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

/// <summary>Waits where a run's file cannot be written, and says so once for as long as it lasts. Not thread-safe.</summary>
/// <param name="publish">Is told what stands in the way.</param>
/// <param name="time">The clock.</param>
internal sealed class StorageWait(Action<RunEvent> publish, TimeProvider time)
{
    /// <summary>Between two attempts: one costs next to nothing where there is no room.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private (string Path, string Reason)? _told;

    /// <summary>Whether a file is owed: nothing else is done before it is written.</summary>
    public bool IsOwed => _told is not null;

    /// <summary>Waits until it is worth while to try again.</summary>
    /// <param name="blocked">What stands in the way.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WaitAsync(StorageUnavailableException blocked, CancellationToken cancellationToken)
    {
        if (_told != (blocked.Path, blocked.Message))
        {
            _told = (blocked.Path, blocked.Message);
            publish(new RunEvent.StorageUnavailable(blocked.Path, blocked.Bytes, blocked.Message));
        }

        await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <summary>The file was written.</summary>
    public void Written() => _told = null;
}
