using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Stores;

/// <summary>Stores what has to be stored, and waits for a store that is away.</summary>
/// <remarks>Thread-safe. A write whose answer was lost may have been done or not: what was written carries a stamp by which it is known again.</remarks>
internal sealed partial class RetryingStore(StoreWatch watch, SiloDeparture departure, TimeProvider time, ILogger<RetryingStore> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Writes until it is done; only the end of this silo cuts that short.</summary>
    /// <param name="what">What is written, for the log.</param>
    /// <param name="write">Writes it once.</param>
    /// <param name="isThere">Reads it anew, and says whether it is what was to be written.</param>
    /// <exception cref="InconsistentStateException">Somebody else has written it meanwhile.</exception>
    /// <exception cref="Exception">It cannot be written at all, or the silo ends while its store is away.</exception>
    public async Task WriteAsync(string what, Func<Task> write, Func<Task<bool>> isThere)
    {
        if (await TryAsync(write) is not { } failure)
        {
            return;
        }

        var since = time.GetTimestamp();
        LogAway(what, CallFailure.WordsOfStore(failure));
        LogCause(failure, what);
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, time, departure.Begun);
                await watch.WhenBackAsync(departure.Begun); // asks quietly: each write in vain would log its stack
            }
            catch (OperationCanceledException)
            {
                throw new StoreAwayException(failure);
            }

            var wasDone = false;
            failure = await TryAsync(async () => wasDone = await isThere()) ?? (wasDone ? null : await TryAsync(write));
            if (failure is null)
            {
                LogBack(what, time.GetElapsedTime(since).TotalSeconds);
                return;
            }

            LogCause(failure, what);
        }
    }

    /// <summary>Whether what is read after a write in vain is what was to be written.</summary>
    /// <param name="read">Its stamp.</param>
    /// <param name="before">The stamp of what was there before the write.</param>
    /// <param name="written">The stamp of what was to be written.</param>
    /// <exception cref="InconsistentStateException">It is neither: somebody else has written it meanwhile.</exception>
    public static bool IsThere(Guid read, Guid before, Guid written) => read == written
        || (read == before ? false : throw new InconsistentStateException("Somebody else has stored it meanwhile."));

    /// <returns>Why it failed, where trying again has sense.</returns>
    private async Task<Exception?> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Exception reason) when (!departure.Begun.IsCancellationRequested
            && reason is not (InconsistentStateException or InvalidOperationException or SerializerException))
        {
            return reason; // each store has its own
        }
    }

    [LoggerMessage(LogLevel.Warning, "{What} could not be stored and is tried again until the store answers; runs go on meanwhile. {Reason}")]
    private partial void LogAway(string what, string reason);

    [LoggerMessage(LogLevel.Information, "{What} is stored, after {Seconds:0.0} s")]
    private partial void LogBack(string what, double seconds);

    [LoggerMessage(LogLevel.Debug, "What was behind a try to store {What}")]
    private partial void LogCause(Exception exception, string what);
}
