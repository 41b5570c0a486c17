using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="PhaseSpec"/>.</summary>
internal static class PhaseRules
{
    private const int MaxEpochs = 10_000;
    private const int MaxDelta = 1_000;
    private const int MaxRateFactor = 1_000;
    private const int MaxNorm = 1_000_000;

    /// <param name="phase">The phase.</param>
    /// <param name="field">Its place, such as <c>phases[0]</c>.</param>
    /// <param name="table">The layers its policy speaks of; null when the graph is unknown, which is a problem of its own.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(PhaseSpec phase, string field, LayerTable? table, ProblemList problems)
    {
        FreezeMask? mask = null;
        if (problems.Present($"{field}.freeze", phase.Freeze) && table is not null)
        {
            problems.Note($"{field}.unfreeze_layers", 0, table.Layers.Length);
            mask = CheckPolicy(phase.Freeze, $"{field}.{FormOf(phase.Freeze)}", table, problems);
        }

        problems.Whole($"{field}.epochs", phase.Epochs, 1, MaxEpochs);
        if (problems.Present($"{field}.optimizer", phase.Optimizer))
        {
            CheckOptimizer(phase.Optimizer, $"{field}.optimizer", mask, problems);
        }

        if (problems.Present($"{field}.schedule", phase.Schedule))
        {
            problems.Defined($"{field}.schedule.kind", phase.Schedule.Kind);
            var epochs = Math.Clamp(phase.Epochs, 1, MaxEpochs);
            problems.Real($"{field}.schedule.warmup_epochs", phase.Schedule.WarmupEpochs, Interval.Closed(0, epochs));
            if (phase.Schedule.StepEpochs is { } stepEpochs)
            {
                problems.Whole($"{field}.schedule.step_epochs", stepEpochs, 1, MaxEpochs);
            }

            problems.Real($"{field}.schedule.gamma", phase.Schedule.Gamma, Interval.Above(0, 1));
        }

        problems.Defined($"{field}.batch_norm", phase.BatchNorm);
        problems.Defined($"{field}.keep", phase.Keep);
        problems.Defined($"{field}.best_by", phase.BestBy);
        if (phase.Patience is { } patience)
        {
            problems.Whole($"{field}.patience", patience, 1, MaxEpochs);
        }

        problems.Real($"{field}.min_delta", phase.MinDelta, Interval.Closed(0, MaxDelta));
        if (phase.Ema is { } ema)
        {
            problems.Real($"{field}.ema", ema, new(0, IncludesMin: false, 1, IncludesMax: false));
        }

        if (phase.ClipNorm is { } norm)
        {
            problems.Real($"{field}.clip_norm", norm, Interval.Above(0, MaxNorm));
        }
    }

    /// <summary>The field that says it: a phase has one policy where a run file has one of several fields.</summary>
    private static string FormOf(FreezePolicy policy) => policy switch
    {
        FreezePolicy.LastLayers => "unfreeze_layers",
        FreezePolicy.FromLayer => "from",
        FreezePolicy.FromStage => "stage",
        FreezePolicy.Named => "layers",
        _ => "unfreeze",
    };

    /// <returns>The mask; null where there is none.</returns>
    private static FreezeMask? CheckPolicy(FreezePolicy policy, string field, LayerTable table, ProblemList problems)
    {
        try
        {
            return FreezePolicyResolver.Resolve(policy, table, field);
        }
        catch (InvalidInputException invalid)
        {
            problems.AddRange(invalid.Problems);
            return null;
        }
    }

    private static void CheckOptimizer(OptimizerSpec optimizer, string field, FreezeMask? mask, ProblemList problems)
    {
        var rate = Interval.Above(0, 100);
        var decay = Interval.Below(0, 1);

        problems.Defined($"{field}.kind", optimizer.Kind);
        problems.Real($"{field}.learning_rate", optimizer.LearningRate, rate);
        if (optimizer.HeadLearningRate is { } headRate)
        {
            problems.Real($"{field}.head_learning_rate", headRate, rate);
        }

        if (problems.Numbers($"{field}.rates", optimizer.Rates, Interval.Above(0, MaxRateFactor)) && mask is not null)
        {
            problems.AddRange(LayerRates.Check(optimizer.Rates, mask, $"{field}.rates"));
        }

        problems.Real($"{field}.layer_decay", optimizer.LayerDecay, Interval.Above(0, 1));
        problems.Real($"{field}.weight_decay", optimizer.WeightDecay, Interval.Closed(0, 1));
        problems.Defined($"{field}.weight_decay_on", optimizer.WeightDecayOn);
        problems.Real($"{field}.momentum", optimizer.Momentum, decay);
        problems.Real($"{field}.beta1", optimizer.Beta1, decay);
        problems.Real($"{field}.beta2", optimizer.Beta2, decay);
        problems.Real($"{field}.epsilon", optimizer.Epsilon, Interval.Above(0, 1));
    }
}
