using DistributedFreeze.Advice;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client;

/// <summary>One question to the cluster, until its answer: asked again where the silo that knew of it is lost. To be used once.</summary>
internal sealed class AskedAdvice(IGrainFactory grains, TimeProvider time, AdviceRequest request, IProgress<AdviceProgress>? progress, TimeSpan retryTimeout)
{
    /// <summary>A silo answers a reader within two seconds, with news or without. A client is not told that one has died with its call.</summary>
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(6);

    /// <summary>A silo looks whether files are there, on shares that may be slow.</summary>
    private static readonly TimeSpan LongestAsk = TimeSpan.FromMinutes(1);

    /// <summary>Training ends after its current step, and a measurement takes some seconds.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(30);

    private readonly ClusterCalls _calls = new(time);

    /// <inheritdoc cref="IDistributedFreezeClient.AdviseAsync"/>
    public async Task<AdviceResult> AnswerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var question = NewQuestion();
            try
            {
                var end = await EndAsync(question, cancellationToken);
                if (end.Failure is not null || end.Result is { IsWhole: true })
                {
                    return ResultOf(end)!;
                }

                // Given up, since this program stood still for minutes. It still wants to know.
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return await KnownAsync(question) ?? throw new OperationCanceledException(cancellationToken);
            }
        }
    }

    /// <exception cref="ClusterUnavailableException">No silo of the cluster knows of advice.</exception>
    private IAdviceGrain NewQuestion()
    {
        try
        {
            return grains.GetGrain<IAdviceGrain>(RunIds.New());
        }
        catch (ArgumentException unknown)
        {
            throw new ClusterUnavailableException("The cluster gives no advice: its silos are of an earlier version. Upgrade them, or ask on a machine that has the images.", unknown);
        }
    }

    private async Task<AdviceReport> EndAsync(IAdviceGrain question, CancellationToken cancellationToken)
    {
        await AskAsync(question, cancellationToken);
        for (var version = 0L; ;)
        {
            cancellationToken.ThrowIfCancellationRequested(); // what was read before it was cancelled is told no more
            var report = await _calls.InsistAsync(() => question.ReadAsync(version).WaitAsync(LongestRead, time), retryTimeout, cancellationToken);
            if (report is null)
            {
                await AskAsync(question, cancellationToken);
                version = 0;
                continue;
            }

            if (report.HasEnded)
            {
                return report;
            }

            if (report.Version != version)
            {
                progress?.Report(report.Progress);
            }

            version = report.Version;
        }
    }

    private Task<bool> AskAsync(IAdviceGrain question, CancellationToken cancellationToken) => _calls.InsistAsync(
        async () =>
        {
            await question.AskAsync(request).WaitAsync(LongestAsk, time); // to ask again does no harm
            return true;
        },
        retryTimeout,
        cancellationToken);

    /// <summary>Breaks it off.</summary>
    /// <returns>What was known; null where nothing was, or the cluster does not say.</returns>
    private async Task<AdviceResult?> KnownAsync(IAdviceGrain question)
    {
        using var limit = new CancellationTokenSource(LongestEnd, time);
        try
        {
            await _calls.InsistAsync(CancelAsync, LongestEnd, limit.Token);
            for (var version = 0L; ;)
            {
                var report = await _calls.InsistAsync(() => question.ReadAsync(version).WaitAsync(LongestRead, time), LongestEnd, limit.Token);
                if (report is null or { HasEnded: true })
                {
                    return report is null ? null : ResultOf(report);
                }

                version = report.Version;
            }
        }
        catch (Exception reason) when (reason is ClusterUnavailableException or OperationCanceledException)
        {
            return null;
        }

        async Task<bool> CancelAsync()
        {
            await question.CancelAsync().WaitAsync(LongestRead, time);
            return true;
        }
    }

    /// <exception cref="InvalidInputException">The question, or what it is about, was wrong.</exception>
    /// <exception cref="RunFailedException">It has failed.</exception>
    private static AdviceResult? ResultOf(AdviceReport end) => end.Failure is not { } failure ? end.Result
        : end.Problems.IsDefaultOrEmpty ? throw new RunFailedException(failure)
        : throw new InvalidInputException(end.Problems);
}
