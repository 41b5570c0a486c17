using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>Adds a window to where a run stands, step by step: how steps fall into windows depends on time, and sums must not.</summary>
internal static class WindowTally
{
    public static RunProgress Add(RunProgress progress, WindowReport report)
    {
        var lossSum = progress.LossSum;
        foreach (var loss in report.Losses)
        {
            lossSum += loss;
        }

        return progress with
        {
            Step = progress.Step + report.Losses.Length,
            LossSum = lossSum,
            Correct = progress.Correct + report.Correct.Sum(correct => (long)correct),
            Samples = progress.Samples + report.Samples.Sum(samples => (long)samples),
            FeaturesComputed = progress.FeaturesComputed + report.FeaturesComputed,
            FeaturesRead = progress.FeaturesRead + report.FeaturesRead,
        };
    }
}
