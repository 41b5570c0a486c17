using System.Collections.Immutable;
using DistributedFreeze.Cli.Results.Curves;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results;

/// <summary>All places that a run's curves go to.</summary>
internal sealed class ResultSinks(ImmutableArray<IResultSink> sinks) : IAsyncDisposable
{
    /// <summary>Takes an event, in the run's order from the first one on.</summary>
    public void Take(RunEvent happened)
    {
        foreach (var sink in sinks)
        {
            sink.Take(happened);
        }
    }

    /// <summary>Takes what the run came to.</summary>
    /// <param name="receipt">Of a run that succeeded; else null.</param>
    /// <param name="ended">The run's last event.</param>
    public Task EndAsync(Receipt? receipt, RunEvent.Ended ended) => Task.WhenAll(sinks.Select(sink => sink.EndAsync(receipt, ended)));

    public async ValueTask DisposeAsync()
    {
        foreach (var sink in sinks)
        {
            await sink.DisposeAsync();
        }
    }
}
