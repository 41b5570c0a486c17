using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Steps;

/// <summary>The learning rate of every step of a phase, as a multiple of its peak.</summary>
/// <remarks>Pure and thread-safe: a step has the same rate wherever and whenever it is computed.</remarks>
public static class LearningRate
{
    /// <summary>The learning rate of the step before the one that comes next, for the layers of the base.</summary>
    /// <param name="progress">Where the run stands; at least one step of its epoch is done.</param>
    /// <param name="phase">The phase that it is in.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch, at least 1.</param>
    public static double OfLast(RunProgress progress, PhaseSpec phase, int stepsPerEpoch) => phase.Optimizer.LearningRate
        * Factor(phase.Schedule, (long)progress.Epoch * stepsPerEpoch + progress.Step - 1, stepsPerEpoch, phase.Epochs);

    /// <summary>The factor of one step.</summary>
    /// <param name="schedule">The phase's schedule.</param>
    /// <param name="step">Step within the phase, from 0.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch, at least 1.</param>
    /// <param name="epochs">Epochs of the phase, at least 1.</param>
    /// <returns>Above 0 and at most 1 during warm-up and for a constant rate; a cosine ends near 0.</returns>
    public static double Factor(ScheduleSpec schedule, long step, int stepsPerEpoch, int epochs)
    {
        var warmup = (long)Math.Round(schedule.WarmupEpochs * stepsPerEpoch);
        if (step < warmup)
        {
            return (step + 1.0) / warmup;
        }

        if (schedule.Kind == ScheduleKind.Constant)
        {
            return 1;
        }

        // SGDR, equation 5, without restarts (Loshchilov and Hutter, 2017).
        var total = (long)stepsPerEpoch * epochs - warmup;
        return 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / total));
    }
}
