using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Curves;

/// <summary>Takes a run's events to somewhere else. Whatever becomes of that place, nobody waits for it and no run ends for its sake.</summary>
internal interface IResultSink : IAsyncDisposable
{
    /// <summary>Takes an event, in the run's order from the first one on. Returns at once.</summary>
    void Take(RunEvent happened);

    /// <summary>Takes what a run that has succeeded came to, and lets go of the rest in some seconds.</summary>
    /// <param name="receipt">Of a run that succeeded; else null.</param>
    /// <param name="ended">The run's last event.</param>
    Task EndAsync(Receipt? receipt, RunEvent.Ended ended);
}
