using System.Text.Json;
using DistributedFreeze.Advice;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Replicas;

/// <summary>The question that one device is at, if any. Thread-safe.</summary>
/// <param name="name">The device's name within its silo.</param>
/// <param name="backend">What computes.</param>
/// <param name="failure">Finds out why the device cannot compute; null where it can.</param>
/// <param name="time">The clock.</param>
internal sealed class DeviceAdvice(string name, IAdviceBackend backend, Func<Task<string?>> failure, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Question? _question;

    /// <summary>What owns the device for a question; null where none does.</summary>
    public string? RunId => Current?.RunId;

    private Question? Current
    {
        get
        {
            lock (_lock)
            {
                return _question;
            }
        }
    }

    /// <summary>Begins to find out; does nothing where the device is at that question, or was and is still its.</summary>
    /// <exception cref="DeviceBusyException">It is at another one, or breaks that one off.</exception>
    public void Ask(AdviceOrder order)
    {
        lock (_lock)
        {
            if (_question is { } known)
            {
                if (known.Stopping.IsCancellationRequested || known.RunId != order.RunId || known.Asked != TextOf(order.Request))
                {
                    throw new DeviceBusyException($"The device {name} belongs to {known.RunId}{(known.RunId != order.RunId ? "" : known.Stopping.IsCancellationRequested ? ", which is being broken off" : ", which asked something else")}.");
                }

                return;
            }

            var question = _question = new(order.RunId, TextOf(order.Request), new(time));
            question.Work = Task.Run(() => WorkAsync(question, order.Request));
        }
    }

    /// <inheritdoc cref="IReplicaGrain.ReadAdviceAsync"/>
    public async Task<AdviceReport?> ReadAsync(string runId, long after) =>
        Current is { } question && question.RunId == runId ? await question.Report.AfterAsync(after) : null;

    /// <inheritdoc cref="IReplicaGrain.StopAdviceAsync"/>
    public void Stop(string runId)
    {
        if (Current is { } question && question.RunId == runId)
        {
            question.Stopping.Cancel();
        }
    }

    /// <summary>Breaks the question off, where there is one, and forgets it once nothing computes any more.</summary>
    public async Task EndAsync()
    {
        if (Current is not { } question)
        {
            return;
        }

        await question.Stopping.CancelAsync();
        await question.Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_lock)
        {
            _question = _question == question ? null : _question;
        }
    }

    private async Task WorkAsync(Question question, AdviceRequest request)
    {
        var ended = await EndOfAsync(question, request);
        question.Report.Change(now => ended with { HasEnded = true, Progress = now.Progress });
    }

    private async Task<AdviceReport> EndOfAsync(Question question, AdviceRequest request)
    {
        try
        {
            question.Report.Change(now => now with { Progress = new(AdviceStage.Images, 0, 0) });
            return new() { Result = await backend.AdviseAsync(name, request, progress => question.Report.Change(now => now with { Progress = progress }), question.Stopping.Token) };
        }
        catch (OperationCanceledException) when (question.Stopping.IsCancellationRequested)
        {
            return new();
        }
        catch (InvalidInputException invalid)
        {
            return new() { Failure = invalid.Message, Problems = invalid.Problems };
        }
        catch (RunFailedException failed)
        {
            return new() { Failure = failed.Message };
        }
        catch (Exception reason)
        {
            // Nobody awaits it: what goes wrong has to reach whoever asked.
            var broken = await FailureAsync();
            return new() { Failure = broken ?? $"{reason.GetType().Name}: {reason.Message.Split('\n', 2)[0].TrimEnd()}", IsDeviceLost = broken is not null };
        }
    }

    private async Task<string?> FailureAsync()
    {
        try
        {
            return await failure();
        }
        catch (Exception broken)
        {
            return $"it does not answer: {broken.Message.Split('\n', 2)[0].TrimEnd()}"; // what cannot even be asked is not whole
        }
    }

    /// <summary>Two questions are the same where they say the same.</summary>
    private static string TextOf(AdviceRequest request) => JsonSerializer.Serialize(request, RunJson.Compact);

    private sealed class Question(string runId, string asked, LatestReport report)
    {
        public string RunId => runId;

        public string Asked => asked;

        public LatestReport Report => report;

        /// <summary>Never disposed of: a stop may come late.</summary>
        public CancellationTokenSource Stopping { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;
    }
}
