using System.Diagnostics.CodeAnalysis;

namespace DistributedFreeze.Coordination;

/// <summary>What was asked of a run from outside, while it goes on. Thread-safe; a request is never taken back.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A request may come after the end, and the source holds neither timer nor handle.")]
internal sealed class RunRequests
{
    private readonly CancellationTokenSource _any = new();
    private readonly CancellationTokenSource _leave = new();
    private volatile bool _stop;
    private volatile bool _cancel;
    private volatile bool _handOver;

    /// <summary>True where the run shall end after its current step; also where it shall clear up.</summary>
    public bool Stop => _stop;

    /// <summary>True where the run shall end and clear up.</summary>
    public bool Cancel => _cancel;

    /// <summary>True where another driver shall go on with the run.</summary>
    public bool HandOver => _handOver;

    /// <summary>Cut short by the first request: for what may take for ever, such as waiting for devices.</summary>
    public CancellationToken Any => _any.Token;

    /// <summary>Cancelled by a request that needs no state of the run: for finding out which replicas hold it.</summary>
    public CancellationToken Leave => _leave.Token;

    /// <summary>Asks the run to end after its current step.</summary>
    public void AskToStop()
    {
        _stop = true;
        _any.Cancel();
    }

    /// <summary>Asks the run to end after its current step and to clear up.</summary>
    public void AskToCancel()
    {
        _cancel = true; // first: whoever sees the stop has to see that it is one that clears up
        AskToStop();
        _leave.Cancel();
    }

    /// <summary>Asks for the run to be left to another driver.</summary>
    public void AskToHandOver()
    {
        _handOver = true;
        _any.Cancel();
        _leave.Cancel();
    }
}
