using DistributedFreeze.Grains.Telemetry;

namespace DistributedFreeze.Grains.Stores;

/// <summary>Whether the store answers, for those who would wait for it in vain.</summary>
/// <remarks>Thread-safe. Nothing is asked but while somebody waits.</remarks>
/// <param name="probe">Asks the store.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Counts the questions that were not answered; null where nobody counts.</param>
public sealed class StoreWatch(IStoreProbe probe, TimeProvider time, StoreMetrics? metrics = null)
{
    /// <summary>How long a store may be silent before it counts as away; one that restarts is back sooner.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private (long Since, long Until)? _silence;

    /// <summary>Waits until the store answers.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StoreAwayException">It has not answered for 5 seconds.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var asked = time.GetTimestamp();
            if (await FailureAsync(cancellationToken) is not { } reason)
            {
                Note(null);
                return;
            }

            if (Note(asked) >= Timeout)
            {
                throw new StoreAwayException(reason);
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Waits until the store answers, for as long as it takes.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task WhenBackAsync(CancellationToken cancellationToken)
    {
        while (await FailureAsync(cancellationToken) is not null)
        {
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Waits until the store has not answered for 5 seconds.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Why it does not.</returns>
    public async Task<StoreAwayException> WhenAwayAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await WaitAsync(cancellationToken);
            }
            catch (StoreAwayException away)
            {
                return away;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>How long the store has been silent by now: whoever waits next does not begin anew.</summary>
    /// <param name="asked">When it was asked in vain; null where it has answered.</param>
    private TimeSpan Note(long? asked)
    {
        lock (_lock)
        {
            if (asked is not { } at)
            {
                _silence = null;
                return TimeSpan.Zero;
            }

            var isTheSame = _silence is { } before && time.GetElapsedTime(before.Until, at) <= 2 * Interval;
            _silence = (isTheSame ? _silence!.Value.Since : at, time.GetTimestamp());
            return time.GetElapsedTime(_silence.Value.Since, _silence.Value.Until);
        }
    }

    private async Task<Exception?> FailureAsync(CancellationToken cancellationToken)
    {
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var limit = new CancellationTokenSource(Timeout, time);
        using var registered = limit.Token.Register(answer.Cancel);
        try
        {
            await probe.AskAsync(answer.Token).WaitAsync(answer.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            metrics?.Failed(StoreOperation.Ask);
            return new TimeoutException($"no answer within {Timeout.TotalSeconds:0} s");
        }
        catch (Exception reason) when (!cancellationToken.IsCancellationRequested)
        {
            metrics?.Failed(StoreOperation.Ask);
            return reason; // each store has its own
        }
    }
}

/// <summary>The store does not answer.</summary>
/// <param name="reason">What asking it ended with.</param>
public sealed class StoreAwayException(Exception reason) : Exception(reason.Message.Split('\n', 2)[0].TrimEnd(), reason);
