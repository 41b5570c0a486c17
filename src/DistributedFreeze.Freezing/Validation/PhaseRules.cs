using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="PhaseSpec"/>.</summary>
internal static class PhaseRules
{
    private const int MaxEpochs = 10_000;

    /// <param name="phase">The phase.</param>
    /// <param name="field">Its place, such as <c>phases[0]</c>.</param>
    /// <param name="table">The layers its policy speaks of; null when there is no such network, which is a problem of its own.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>Which layers it opens; null where that is not known.</returns>
    public static FreezeMask? Check(PhaseSpec phase, string field, LayerTable? table, ProblemList problems)
    {
        FreezeMask? mask = null;
        if (problems.Present($"{field}.freeze", phase.Freeze) && table is not null)
        {
            problems.Note($"{field}.unfreeze_layers", 0, table.Layers.Length);
            mask = CheckPolicy(phase.Freeze, $"{field}.{FormOf(phase.Freeze)}", table, problems);
        }

        FieldRules.Check(phase, field, problems);
        if (problems.Present($"{field}.optimizer", phase.Optimizer))
        {
            FieldRules.Check(phase.Optimizer, $"{field}.optimizer", problems);
            CheckRates(phase.Optimizer.Rates, $"{field}.optimizer.rates", mask, problems);
        }

        if (problems.Present($"{field}.schedule", phase.Schedule))
        {
            FieldRules.Check(phase.Schedule, $"{field}.schedule", problems);
            var epochs = Math.Clamp(phase.Epochs, 1, MaxEpochs);
            problems.Real($"{field}.schedule.warmup_epochs", phase.Schedule.WarmupEpochs, Interval.Closed(0, epochs));
            if (phase is { Schedule: { Kind: ScheduleKind.Plateau, Patience: var waits }, Patience: { } patience } && waits >= patience)
            {
                problems.Add($"{field}.schedule.patience", $"must be less than `{field}.patience` ({patience}), got {waits}: the phase would end before its rate is lowered");
            }
            else if (phase.Schedule is { Kind: ScheduleKind.Plateau, Patience: var never } && never > phase.Epochs - 2)
            {
                problems.Add($"{field}.schedule.patience", $"must be at most two less than `{field}.epochs` ({phase.Epochs}), got {never}: the rate would never be lowered");
            }
        }

        return mask;
    }

    /// <summary>Every glob must match a layer that trains, and no layer two.</summary>
    private static void CheckRates(NamedNumbers rates, string field, FreezeMask? mask, ProblemList problems)
    {
        if (problems.Numbers(field, rates, Interval.Of(RunFields.Find(field)!.Range!)) && mask is not null)
        {
            problems.AddRange(LayerRates.Check(rates, mask, field));
        }
    }

    /// <summary>The field that says it: a phase has one policy where a run file has one of several fields.</summary>
    internal static string FormOf(FreezePolicy policy) => policy switch
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
}
