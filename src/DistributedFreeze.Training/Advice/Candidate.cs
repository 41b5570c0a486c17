using System.Collections.Immutable;
using DistributedFreeze.Advice;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

/// <summary>One way to train: what is unfrozen, and the phases of a run that does so. Immutable.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Freeze">What is unfrozen in the last phase.</param>
/// <param name="Spec">The run.</param>
/// <param name="Plan">The plan of its last phase.</param>
internal sealed record Candidate(string Name, FreezePolicy Freeze, RunSpec Spec, PhasePlan Plan)
{
    /// <summary>Name of the candidate that everything else is compared with.</summary>
    public const string HeadAlone = "head alone";

    /// <summary>Name of what the run itself says, where that is none of the others.</summary>
    public const string Given = CandidateScore.AsGiven;

    private const int BytesPerFloat = 4;

    /// <summary>How much slower layers of the base train than the head did, where the run doesn't say: what was learned on millions of images should not be lost.</summary>
    private const double TailRate = 0.1;

    /// <summary>What is always tried: the last block, the last stage's batch norms, the last stage, and the last two.</summary>
    private static IEnumerable<(string Name, FreezePolicy Freeze)> Known(LayerTable table)
    {
        var (last, before) = (table.Stages[^1], table.Stages[^2]);
        yield return ("last block", new FreezePolicy.FromLayer(table.Layers.First(layer => layer.Block == table.Layers[^1].Block).Name));
        yield return ($"{last} batch norms", new FreezePolicy.Named([$"{last}_*_bn"]));
        yield return (last, new FreezePolicy.FromStage(last));
        yield return ($"{before} and {last}", new FreezePolicy.FromStage(before));
    }

    /// <summary>Heads that read more than the last block: the ends of all stages, and what was chosen.</summary>
    private static IEnumerable<(string Name, ImmutableArray<string> Inputs)> Heads(LayerTable table, ImmutableArray<string> chosen)
    {
        ImmutableArray<string> stages = [.. table.BlockEnds.Skip(1).GroupBy(layer => layer.Stage).Select(stage => stage.Last().Name)]; // without the stem
        yield return ($"head on {stages.Length} stages", stages);
        if (!chosen.IsEmpty && !chosen.SequenceEqual(stages, StringComparer.Ordinal) && !chosen.SequenceEqual([table.BlockEnds[^1].Name], StringComparer.Ordinal))
        {
            yield return (chosen.Length == 1 ? $"head on {table[chosen[0]].Block ?? chosen[0]}" : $"head on {chosen.Length} blocks", chosen);
        }
    }

    /// <summary>The block that is worth to be tried alone: the one with the greatest relative gradient norm among those of the last two stages.</summary>
    /// <param name="gradients">Of all blocks.</param>
    /// <param name="table">The base's layers.</param>
    /// <returns>Its name; null where that is the last block, which is tried in any case. Earlier stages cost more to train than all other candidates together.</returns>
    public static string? Hole(IEnumerable<BlockGradient> gradients, LayerTable table)
    {
        string[] late = [table.Stages[^2], table.Stages[^1]];
        var strongest = gradients.Where(gradient => late.Contains(table[gradient.Name].Stage)).MaxBy(gradient => gradient.Ratio);
        return strongest is not { Ratio: > 0 } || table[strongest.Name].Block == table.Layers[^1].Block ? null : table[strongest.Name].Block;
    }

    /// <summary>Whether it is what all others are compared with.</summary>
    public bool IsHeadAlone => Name == HeadAlone;

    /// <summary>Whether the base stays frozen. All of these count as one price: the images pass the base once, beside which most heads are nothing.</summary>
    public bool IsBaseFrozen => Spec.Phases.Length == 1;

    /// <summary>What is trained in a split of the images: the run, or one whose head reads what was chosen without the images that judge there.</summary>
    /// <param name="split">Which split.</param>
    public RunSpec SpecIn(int split) => InputsOfSplits.IsEmpty ? Spec : Spec with { Model = Spec.Model with { Head = Spec.Model.Head with { Inputs = InputsOfSplits[split] } } };

    /// <summary>What was said by what its head reads before it was tried, of training images; empty where nothing was, or where the base trains.</summary>
    public ImmutableArray<Answer> Probed { get; init; } = [];

    /// <summary>Why it is not to be tried; null where it is.</summary>
    public string? NotTried { get; init; }

    /// <summary>Number of classes.</summary>
    public required int Classes { get; init; }

    private ImmutableArray<ImmutableArray<string>> InputsOfSplits { get; init; } = [];

    /// <summary>Parameters that train in the last phase.</summary>
    public long TrainableParameters => Plan.Parameters.Trainable;

    /// <summary>Bytes of the model's numbers.</summary>
    public long ModelBytes => BytesPerFloat * TrainableParameters;

    /// <summary>Multiply-adds that training for one image through all epochs takes, about: what is cheaper does not depend on any clock.</summary>
    public double Cost { get; private init; }

    /// <summary>The candidates for a run, the head alone first, then in order of their boundaries from the head backwards.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="table">The base's layers.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="block">A block that is to be tried alone, all else frozen, such as <c>conv4_block2</c>; null for none.</param>
    /// <param name="chosen">Blocks that a head is to be tried on, besides the ends of all stages; null for none.</param>
    public static ImmutableArray<Candidate> For(RunSpec spec, LayerTable table, int classes, string? block = null, ChosenBlocks? chosen = null)
    {
        var (inputs, inputsOfSplits, probed) = chosen ?? ChosenBlocks.None;
        var head = HeadPhase(spec);
        var tail = TailPhase(spec, head);
        var alone = Of(HeadAlone, [head]);
        List<(string Name, FreezePolicy Freeze)> tails = [.. Known(table)];
        if (block is not null)
        {
            tails.Add(($"{block} alone", new FreezePolicy.Named([$"{block}_*"])));
        }

        var given = spec.Phases[^1].Freeze;
        var masks = tails.Select(one => Mask(one.Freeze).Hash).Append(Mask(new FreezePolicy.None()).Hash);
        if (!masks.Contains(Mask(given).Hash))
        {
            tails.Add((Given, given));
        }

        return [alone with { Probed = probed.Last }, .. Heads(table, inputs).Select(OnBlocks), .. tails.Select(one => Of(one.Name, [head, WithRates(tail with { Freeze = one.Freeze })])).OrderByDescending(one => one.Plan.Boundary.Index)];

        // Rates for layers by name go with what the run unfreezes; where they name others, the rest of the phase still says how to train.
        PhaseSpec WithRates(PhaseSpec phase) => LayerRates.Check(phase.Optimizer.Rates, Mask(phase.Freeze), "rates").Any()
            ? phase with { Optimizer = phase.Optimizer with { Rates = NamedNumbers.None } }
            : phase;

        FreezeMask Mask(FreezePolicy freeze) => FreezePolicyResolver.Resolve(freeze, table, "phases[0].freeze");

        Candidate OnBlocks((string Name, ImmutableArray<string> Inputs) one)
        {
            var run = spec with { Model = spec.Model with { Head = spec.Model.Head with { Inputs = one.Inputs } }, Phases = [head] };
            var isChosen = one.Inputs == inputs;
            return Planned(one.Name, run, LayerTable.For(run.Model)) with { Probed = isChosen ? probed.Chosen : probed.Stages, InputsOfSplits = isChosen ? inputsOfSplits : [] };
        }

        Candidate Of(string name, ImmutableArray<PhaseSpec> phases) => Planned(name, spec with { Phases = phases }, table);

        Candidate Planned(string name, RunSpec run, LayerTable layers)
        {
            var phases = run.Phases;
            var plans = phases.Select((phase, i) => PhasePlan.Of(run, i, layers, FreezePolicyResolver.Resolve(phase.Freeze, layers, "phases[0].freeze"), classes)).ToList();
            return new(name, phases[^1].Freeze, run, plans[^1]) { Classes = classes, Cost = plans.Zip(phases, (plan, phase) => (double)plan.TailMultiplyAdds * phase.Epochs).Sum() };
        }
    }

    /// <summary>The head's own phase: the run's first one, with the base frozen.</summary>
    private static PhaseSpec HeadPhase(RunSpec spec)
    {
        var first = spec.Phases[0];
        return IsFrozen(first) ? first with { Freeze = new FreezePolicy.None() } : first with
        {
            Freeze = new FreezePolicy.None(),
            Epochs = PhaseSpec.DefaultHeadEpochs,
            Optimizer = first.Optimizer with { Rates = NamedNumbers.None },
        };
    }

    /// <summary>The phase in which layers of the base train: the run's last one where it is such a phase, else AdamW at a tenth of the head's rate.</summary>
    private static PhaseSpec TailPhase(RunSpec spec, PhaseSpec head)
    {
        var last = spec.Phases[^1];
        return !IsFrozen(last) ? last : head with
        {
            Epochs = PhaseSpec.DefaultTailEpochs,
            Optimizer = head.Optimizer with
            {
                Kind = head.Optimizer.Kind == OptimizerKind.Sgd ? OptimizerKind.Sgd : OptimizerKind.AdamW,
                LearningRate = head.Optimizer.LearningRate * TailRate,
                HeadLearningRate = null,
            },
        };
    }

    private static bool IsFrozen(PhaseSpec phase) => phase.Freeze is FreezePolicy.None or FreezePolicy.LastLayers { Count: 0 };
}
