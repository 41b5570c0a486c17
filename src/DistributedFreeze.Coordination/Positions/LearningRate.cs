using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Positions;

/// <summary>The learning rate of every step of a phase, as a multiple of its peak.</summary>
/// <remarks>Pure and thread-safe: a step has the same rate wherever and whenever it is computed.</remarks>
public static class LearningRate
{
    /// <summary>Share of a phase in which one-cycle rises, where nothing is said: pct_start of PyTorch's OneCycleLR.</summary>
    private const double RiseOfOneCycle = 0.3;

    /// <summary>The learning rate of the step before the one that comes next, for the layers of the base.</summary>
    /// <param name="progress">Where the run stands; at least one step of its epoch is done.</param>
    /// <param name="phase">The phase that it is in.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch, at least 1.</param>
    public static double OfLast(RunProgress progress, PhaseSpec phase, int stepsPerEpoch) => phase.Optimizer.LearningRate
        * Factor(phase.Schedule, (long)progress.Epoch * stepsPerEpoch + progress.Step - 1, stepsPerEpoch, phase.Epochs, progress.RateReductions);

    /// <summary>The factor of one step.</summary>
    /// <param name="schedule">The phase's schedule.</param>
    /// <param name="step">Step within the phase, from 0.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch, at least 1.</param>
    /// <param name="epochs">Epochs of the phase, at least 1.</param>
    /// <param name="reductions">How often plateau has lowered the rate before it, as <see cref="ReductionsAfter"/> counts.</param>
    /// <returns>At most 1, and above 0 but for a cosine, which ends near 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The kind is unknown.</exception>
    public static double Factor(ScheduleSpec schedule, long step, int stepsPerEpoch, int epochs, int reductions = 0)
    {
        var (warmup, total) = ((long)Math.Round(schedule.WarmupEpochs * stepsPerEpoch), (long)stepsPerEpoch * epochs);
        if (schedule.Kind == ScheduleKind.OneCycle)
        {
            return OneCycle(schedule.WarmupEpochs > 0 ? schedule.WarmupEpochs / epochs : RiseOfOneCycle, step, total);
        }

        if (step < warmup)
        {
            return (step + 1.0) / warmup;
        }

        return schedule.Kind switch
        {
            ScheduleKind.Constant => 1,

            // SGDR, equation 5, without restarts (Loshchilov and Hutter, 2017).
            ScheduleKind.Cosine => 0.5 * (1 + Math.Cos(Math.PI * (step - warmup) / (total - warmup))),
            ScheduleKind.Step => Math.Pow(schedule.Gamma, step / stepsPerEpoch / (schedule.StepEpochs ?? ((epochs + 2) / 3))),
            ScheduleKind.Plateau => Lowered(schedule.Gamma, reductions),
            _ => throw new ArgumentOutOfRangeException(nameof(schedule), schedule.Kind, "Unknown schedule."),
        };
    }

    /// <summary>How often the rate of a phase was lowered once an epoch is scored.</summary>
    /// <remarks>
    /// As Keras's <c>ReduceLROnPlateau</c> without a cooldown: it is lowered where so many epochs in a row were no better, and they are counted anew from there, or from a better
    /// one. PyTorch's waits one epoch longer.
    /// </remarks>
    /// <param name="reductions">How often it was before that epoch.</param>
    /// <param name="epoch">The epoch within the phase, from 0.</param>
    /// <param name="best">The best one so far, that epoch included; null where none is validated.</param>
    /// <param name="schedule">The phase's schedule.</param>
    public static int ReductionsAfter(int reductions, int epoch, int? best, ScheduleSpec schedule) =>
        schedule.Kind == ScheduleKind.Plateau && epoch > best && (epoch - best.Value) % schedule.Patience == 0 ? reductions + 1 : reductions;

    /// <summary>A power by products, which have the same bits on every machine.</summary>
    private static double Lowered(double gamma, int reductions)
    {
        var factor = 1.0;
        for (var i = 0; i < reductions; i++)
        {
            factor *= gamma;
        }

        return factor;
    }

    /// <summary>torch.optim.lr_scheduler.OneCycleLR with its defaults: anneal_strategy "cos", div_factor 25, final_div_factor 1e4, two phases.</summary>
    private static double OneCycle(double rise, long step, long total)
    {
        const double First = 1 / 25.0;
        const double Last = First / 1e4;
        var peak = (rise * total) - 1;
        return step > peak || peak <= 0
            ? HalfCosine(1, Last, total - 1 > peak ? (step - peak) / (total - 1 - peak) : 0)
            : HalfCosine(First, 1, step / peak);
    }

    /// <summary>From one number to another, as a share of the way goes from 0 to 1.</summary>
    private static double HalfCosine(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));
}
