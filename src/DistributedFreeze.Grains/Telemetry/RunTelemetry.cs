using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Telemetry;

/// <summary>Tells everybody who watches this silo's runs what happens to them.</summary>
internal sealed class RunTelemetry(RunMetrics metrics, RunTraces traces)
{
    /// <summary>Takes note of an event.</summary>
    public void Happened(string runId, RunEvent happened)
    {
        metrics.Happened(runId, happened);
        traces.Happened(runId, happened);
        if (happened is RunEvent.WindowDone window)
        {
            var took = TimeSpan.FromSeconds(window.ImagesPerSecond > 0 ? window.WindowImages / window.ImagesPerSecond : 0);
            traces.Window(runId, window, took, () => metrics.Stepped(window.WindowSteps, took));
        }
    }

    /// <inheritdoc cref="RunTraces.Drive"/>
    public IDisposable? Drive(string runId, string? submittedBy) => traces.Drive(runId, submittedBy);

    /// <summary>Takes note of where a run stands that this silo begins to coordinate.</summary>
    public void StandsAt(string runId, RunProgress progress, RunLabels labels) => metrics.StandsAt(runId, progress, labels);

    /// <summary>Takes note that this silo does not coordinate a run any more, whether it has ended or not.</summary>
    public void Left(string runId)
    {
        metrics.Left(runId);
        traces.Left(runId);
    }
}
