using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>How far a run has come, by what it tells.</summary>
internal static class Progress
{
    /// <summary>Share of the run's steps that are done, 0 to 1.</summary>
    public static double Of(IReadOnlyList<Told> told)
    {
        var window = told.Select(one => one.Event).OfType<RunEvent.WindowDone>().LastOrDefault();
        return window is null ? 0 : StepsDone(window) / (double)(window.Steps * (ChaosData.HeadEpochs + ChaosData.TailEpochs));
    }

    /// <summary>Steps of the run that are done after a window.</summary>
    public static int StepsDone(RunEvent.WindowDone window) => (window.Phase * ChaosData.HeadEpochs + window.Epoch) * window.Steps + window.Step;
}
