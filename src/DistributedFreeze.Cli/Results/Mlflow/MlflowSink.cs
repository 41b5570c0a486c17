using System.Threading.Channels;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>Hands a run's curves over to a tracking server of MLflow's.</summary>
/// <remarks>
/// The number of the last event is a tag that each call writes with that event's points. Whoever goes on, another process or this one after a call of which nobody knows what became,
/// reads it first and leaves out what is there.
/// </remarks>
/// <param name="target">The server.</param>
/// <param name="name">What people call the run.</param>
/// <param name="runId">Its id.</param>
/// <param name="spec">What it runs.</param>
/// <param name="warn">Is told in one sentence, once and at the end, what the server lacks.</param>
/// <param name="patience">How long the server is waited for; null for the defaults.</param>
internal sealed class MlflowSink(
    MlflowTarget target, string name, string runId, RunSpec spec, Action<string> warn, MlflowPatience? patience = null) : IResultSink
{
    private readonly MlflowPatience _patience = patience ?? new();
    private readonly RunScalars _scalars = new(spec);
    private readonly Channel<MlflowEntry> _waiting = Channel.CreateUnbounded<MlflowEntry>(new() { SingleReader = true });
    private readonly CancellationTokenSource _givenUp = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<MlflowException?> _sending = Task.FromResult<MlflowException?>(null);
    private bool _isStarted;
    private bool _isTold;

    public void Take(RunEvent happened)
    {
        if (!_isStarted)
        {
            _isStarted = true;
            _sending = Task.Run(() => SendAsync(happened.At));
        }

        var points = _scalars.Of(happened);
        if (!points.IsEmpty)
        {
            _waiting.Writer.TryWrite(new(happened.Sequence, points));
        }
    }

    public async Task EndAsync(Receipt? receipt, RunEvent.Ended ended)
    {
        var points = receipt is null ? [] : _scalars.Of(receipt, ended.At);
        _waiting.Writer.TryWrite(new(ended.Sequence, points) { Ended = ended, ModelSha256 = receipt?.ModelSha256 });
        _waiting.Writer.Complete();
        _ended.SetResult();
        _givenUp.CancelAfter(_patience.AtEnd);
        await TellAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _givenUp.CancelAsync();
        await TellAsync();
        _givenUp.Dispose();
    }

    private async Task TellAsync()
    {
        if (await _sending is { } failure && !_isTold)
        {
            _isTold = true;
            warn($"MLflow's server {target.Address.AbsoluteUri.TrimEnd('/')} lacks the end of the run's curves: {failure.Message}");
        }
    }

    /// <returns>Why the server lacks something; null where it has all that came.</returns>
    private async Task<MlflowException?> SendAsync(DateTimeOffset started)
    {
        using var api = new MlflowApi(target, _patience.Call);
        var sender = new MlflowSender(
            api, stop => MlflowRun.OpenAsync(api, target.Experiment, name, runId, started, stop), spec, _patience, TimeProvider.System, _ended.Task);
        try
        {
            await sender.RunAsync(_waiting.Reader, _givenUp.Token);
            return null;
        }
        catch (MlflowException refused)
        {
            return refused;
        }
        catch (OperationCanceledException) when (_givenUp.IsCancellationRequested)
        {
            return sender.Failure ?? (_ended.Task.IsCompleted ? new MlflowException("it did not take it in time", "", isPassing: true) : null);
        }
        catch (Exception odd) when (odd is InvalidOperationException or ArgumentException or FormatException)
        {
            // Of JSON that is none of MLflow's, reading a member or a text throws these: an odd server must not fail a run that is right.
            return new("its answer is not understood, so it is no tracking server of MLflow's", "", isPassing: false, odd);
        }
    }
}
