using System.Text.Json.Nodes;
using System.Threading.Channels;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>Makes the calls, one after another, in the order of the events. Not thread-safe.</summary>
/// <param name="api">The server.</param>
/// <param name="open">Finds the run there, or makes it.</param>
/// <param name="spec">What it runs.</param>
/// <param name="patience">How long the server is waited for.</param>
/// <param name="time">Measures that.</param>
/// <param name="ended">Is complete once the run has ended: pauses are short from then on.</param>
internal sealed class MlflowSender(
    MlflowApi api, Func<CancellationToken, Task<MlflowRun>> open, RunSpec spec, MlflowPatience patience, TimeProvider time, Task ended)
{
    private const int MostPoints = MlflowBatch.MostItems - 2; // less the tags of the last call

    private readonly Queue<MlflowEntry> _next = [];
    private MlflowRun? _run;

    /// <summary>Why the last call failed; null where it did not.</summary>
    public MlflowException? Failure { get; private set; }

    /// <summary>Hands over what comes, until no more does.</summary>
    /// <exception cref="MlflowException">The server refuses, and would do so again.</exception>
    /// <exception cref="OperationCanceledException">It was waited for long enough.</exception>
    public async Task RunAsync(ChannelReader<MlflowEntry> entries, CancellationToken cancellationToken)
    {
        while (await entries.WaitToReadAsync(cancellationToken))
        {
            var pause = patience.FirstPause;
            while (!await TrySendAsync(entries, cancellationToken))
            {
                await PauseAsync(pause, cancellationToken);
                pause = pause * 2 < patience.LongestPause ? pause * 2 : patience.LongestPause;
            }
        }
    }

    private async Task<bool> TrySendAsync(ChannelReader<MlflowEntry> entries, CancellationToken cancellationToken)
    {
        while (entries.TryRead(out var entry))
        {
            _next.Enqueue(entry);
        }

        try
        {
            await SendAsync(cancellationToken);
            Failure = null;
            return true;
        }
        catch (MlflowException failed) when (failed.IsPassing)
        {
            Failure = failed;
            _run = null; // what has become of the call says the server
            return false;
        }
    }

    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (ended.IsCompleted)
        {
            await Task.Delay(patience.FirstPause, time, cancellationToken);
        }
        else
        {
            await Task.WhenAny(Task.Delay(pause, time, cancellationToken), ended);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        _run ??= await open(cancellationToken);
        if (_run.LastEvent is null)
        {
            foreach (var call in MlflowBatch.Params(_run.Id, MlflowParams.Of(spec)))
            {
                await api.PostAsync("runs/log-batch", call, cancellationToken);
            }

            _run = _run with { LastEvent = 0 };
        }

        while (true)
        {
            while (_next.TryPeek(out var known) && known.Ended is null && known.Sequence <= _run.LastEvent)
            {
                _next.Dequeue();
            }

            if (!_next.TryPeek(out var next))
            {
                return;
            }

            if (next.Ended is null)
            {
                await PointsAsync(cancellationToken);
            }
            else
            {
                await EndAsync(next, next.Ended, cancellationToken);
            }
        }
    }

    /// <summary>As many events as a call takes.</summary>
    private async Task PointsAsync(CancellationToken cancellationToken)
    {
        if (_run!.Status != MlflowRun.Running)
        {
            await UpdateAsync(MlflowRun.Running, null, cancellationToken); // it was resumed
        }

        List<Scalar> points = [];
        var last = 0L;
        foreach (var entry in _next)
        {
            if (entry.Ended is not null || points.Count + entry.Points.Length > MostPoints)
            {
                break;
            }

            points.AddRange(entry.Points);
            last = entry.Sequence;
        }

        await api.PostAsync("runs/log-batch", MlflowBatch.Points(_run.Id, points, last), cancellationToken);
        _run = _run with { LastEvent = last };
    }

    private async Task EndAsync(MlflowEntry entry, RunEvent.Ended end, CancellationToken cancellationToken)
    {
        if (entry.Sequence > _run!.LastEvent)
        {
            var call = entry.ModelSha256 is { } model
                ? MlflowBatch.Points(_run.Id, entry.Points, entry.Sequence, (MlflowRun.ModelTag, model))
                : MlflowBatch.Points(_run.Id, entry.Points, entry.Sequence);
            await api.PostAsync("runs/log-batch", call, cancellationToken);
            _run = _run with { LastEvent = entry.Sequence };
        }

        var status = end.State switch
        {
            RunState.Succeeded => "FINISHED",
            RunState.Failed => "FAILED",
            _ => "KILLED",
        };
        if (_run.Status != status)
        {
            await UpdateAsync(status, end.At, cancellationToken);
        }

        _next.Dequeue();
    }

    private async Task UpdateAsync(string status, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        var call = new JsonObject { ["run_id"] = _run!.Id, ["status"] = status };
        if (at is { } end)
        {
            call["end_time"] = end.ToUnixTimeMilliseconds();
        }

        await api.PostAsync("runs/update", call, cancellationToken);
        _run = _run with { Status = status };
    }
}
