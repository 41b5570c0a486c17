using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Devices;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Plan;

/// <summary>A plan for people: the layers as Keras summarizes them, then what they add up to.</summary>
internal sealed class PlanText(CommandConsole console)
{
    private readonly IAnsiConsole _rich = console.Rich();

    /// <param name="plan">What to show.</param>
    /// <param name="detailed">Index of the phase whose layers are listed; null lists none.</param>
    /// <param name="from">What the run starts from; null for its base.</param>
    public void Write(RunPlan plan, int? detailed, string? from)
    {
        if (from is not null)
        {
            Line("Starts from", from);
        }

        if (plan.Spec.Model is { Base: { } path } model)
        {
            Line("Base", $"{path} up to {model.Boundary}, pool {RunEnums.NameOf(model.Pool)}; sha256 {model.BaseSha256![..12]}");
        }

        if (LayerTable.For(plan.Spec.Model) is var table && table != table.Whole)
        {
            Line("Head reads", $"{string.Join(", ", table.HeadInputs.Select(layer => $"{layer.Name} ({Count(layer.Channels)})"))}: {Count(table.PooledFeatures)} channel means");
        }

        Line("Images", Images(plan.Spec));
        Line("Loss", Loss(plan.Spec));
        Line("Computed", Computed(plan.Spec));
        for (var index = 0; index < plan.Phases.Length; index++)
        {
            if (index > 0)
            {
                console.Output.WriteLine();
            }

            if (plan.Phases.Length > 1)
            {
                _rich.Write(new Text($"Phase {index + 1} of {plan.Phases.Length}{Environment.NewLine}", new Style(decoration: Decoration.Bold)));
            }

            if (index == detailed)
            {
                Layers(plan.Phases[index]);
            }

            Totals(plan.Spec.Phases[index], plan.Phases[index]);
        }

        if (detailed is null)
        {
            console.Output.WriteLine();
            console.Output.WriteLine("--phase N lists the layers of phase N.");
        }
    }

    private string Images(RunSpec spec) => Images(spec.Data) + (spec.Sampling == ImageSampling.Balanced ? "; each class equally often" : "");

    private string Images(DataSpec data) =>
        string.Create(CultureInfo.InvariantCulture, $"{data.ImageSize} x {data.ImageSize}, {ImageResizing.Describe(data.Resize, data.ImageSize)}")
        + (data.Resize == ImageResizing.Expected ? "" : console.Fields.In($"; ImageNet's weights expect `data.resize: {RunEnums.NameOf(ImageResizing.Expected)}`"));

    private static string Loss(RunSpec spec) => "cross-entropy"
        + (spec.LabelSmoothing > 0 ? string.Create(CultureInfo.InvariantCulture, $", labels smoothed by {spec.LabelSmoothing} while training") : "")
        + (spec.Mixup > 0 ? string.Create(CultureInfo.InvariantCulture, $", images mixed in pairs by Beta({spec.Mixup}, {spec.Mixup}) while training") : "")
        + (spec.Data.Augmentation is { Mixup: > 0 } or { Cutmix: > 0 } ? ", pixels of images mixed in pairs while training" : "")
        + (spec.FeatureAugmentation is { } augmented and ({ Brightness: > 0 } or { Contrast: > 0 }) ? Augmented(augmented) : "")
        + (spec.ClassWeights == ClassWeighting.Balanced ? ", every class counts the same" : "")
        + (spec.ClassFactors.IsEmpty ? "" : ", " + string.Join(", ", spec.ClassFactors.All.Select(factor => string.Create(CultureInfo.InvariantCulture, $"{factor.Name} x {factor.Value}"))));

    private static string Computed(RunSpec spec) => $"in {Numbers(spec)}, on " + PrecisionNeeds.DeviceOf(spec) switch
    {
        DeviceChoice.Cuda => "GPUs alone",
        DeviceChoice.Cpu => "the processor alone",
        _ => "GPUs where there are any, else the processor",
    };

    private static string Numbers(RunSpec spec) => spec.Precision switch
    {
        RunPrecision.Bf16 => "bf16 (weights, sums, batch norms, head and loss in fp32; frozen layers by TorchSharp)",
        RunPrecision.Tf32 => "tf32 (factors of convolutions and matrices rounded to 10 bits of fraction)",
        _ => "fp32",
    };

    private static string Augmented(FeatureAugmentationSpec spec) => string.Create(
        CultureInfo.InvariantCulture, $", features changed while training (brightness {spec.Brightness}, contrast {spec.Contrast}, {(spec.PerChannel ? "each channel" : "each image")} by itself)");

    private void Layers(PhasePlan phase)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(Column("Layer"));
        table.AddColumn(Column("Kind"));
        table.AddColumn(Column("Output shape").RightAligned());
        table.AddColumn(Column("Parameters").RightAligned());
        table.AddColumn(Column("State").PadRight(0));
        foreach (var row in phase.Rows)
        {
            var style = row.Trainable ? new Style(Color.Green) : Style.Plain;
            table.AddRow(
                new Text(row.Name, style),
                new Text(Kind(row.Kind)),
                new Text(row.Output),
                new Text(Count(row.Parameters)),
                new Text(State(row), row.IsBoundary ? new Style(Color.Aqua) : style));
        }

        _rich.Write(table);
    }

    private static TableColumn Column(string name) => new(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = true };

    // Two long names are cut, so that the table fits a terminal of 80 columns.
    private static string Kind(string kind) => kind switch
    {
        nameof(LayerKind.BatchNormalization) => "BatchNorm",
        "GlobalAveragePooling" => "GlobalAvgPool",
        _ => kind,
    };

    private static string State(SummaryRow row) => (row.Trainable ? "trainable" : "frozen") + (row.IsBoundary ? ", boundary" : "");

    private void Totals(PhaseSpec spec, PhasePlan phase)
    {
        Line("Training", Settings(spec));
        Line("Ends with", Kept(spec));
        Line("Unfrozen", $"{PolicyText.Of(spec.Freeze)}: {phase.Mask.TrainableLayers.Length} of {phase.Mask.TrainableLayers.Length + phase.Mask.FrozenLayers.Length} layers with parameters");
        Line("Parameters", $"{Count(phase.Parameters.Total)}: {Count(phase.Parameters.Trainable)} trainable, {Count(phase.Parameters.Frozen)} frozen");
        Line("Boundary", $"{phase.Boundary.Name}: {Size(phase.FeatureBytes)} of features per image (fp32)");
        if (phase.OpenBatchNorms > 0)
        {
            Line("Batch norms", $"{phase.OpenBatchNorms} train scale and shift; {console.Fields.In(Statistics(spec.BatchNorm, phase.Mask.Version - 1))}");
        }

        Line("All-reduce", $"{Size(phase.AllReduceBytes)} per step");
        Line("FLOPs per image", $"{(phase.IsPrefixCostKnown ? Flops(phase.PrefixMultiplyAdds) : "unknown")} up to the boundary, {Flops(phase.TailMultiplyAdds)} after it (forward pass)");
        Line("Mask", $"sha256 {phase.Mask.Hash}");
        foreach (var warning in phase.Warnings)
        {
            console.Warn(warning);
        }
    }

    private static string Kept(PhaseSpec spec) =>
        (spec.Keep == KeptEpoch.Last ? "the last epoch's weights" : $"the best epoch's weights, by validation {RunEnums.NameOf(spec.BestBy)}")
        + (spec.Ema is { } ema ? string.Create(CultureInfo.InvariantCulture, $", averaged with decay {ema}") : "")
        + (spec.Patience is { } patience ? string.Create(CultureInfo.InvariantCulture, $"; after {patience} epochs in a row without a better one") : "");

    private static string Statistics(BatchNormMode mode, int phase) => mode == BatchNormMode.Train
        ? $"statistics are their shard's (`phases[{phase}].batch_norm: train`)"
        : $"running statistics stay (`phases[{phase}].batch_norm: inference`)";

    private static string Settings(PhaseSpec spec) => string.Create(
        CultureInfo.InvariantCulture,
        $"{spec.Epochs} epochs, {RunEnums.NameOf(spec.Optimizer.Kind)}, learning rate {spec.Optimizer.LearningRate}")
        + (spec.Optimizer.HeadLearningRate is { } head ? string.Create(CultureInfo.InvariantCulture, $" (head {head})") : "")
        + string.Concat(spec.Optimizer.Rates.IsEmpty ? [] : spec.Optimizer.Rates.All.Select(rate => string.Create(CultureInfo.InvariantCulture, $", {rate.Name} x {rate.Value}")))
        + (spec.Optimizer.LayerDecay < 1 ? string.Create(CultureInfo.InvariantCulture, $", x {spec.Optimizer.LayerDecay} for each block from the head") : "")
        + Decay(spec.Optimizer)
        + $", {RunEnums.NameOf(spec.Schedule.Kind)}"
        + (spec.ClipNorm is { } norm ? string.Create(CultureInfo.InvariantCulture, $", gradients clipped to norm {norm}") : "");

    private static string Decay(OptimizerSpec optimizer) => optimizer.WeightDecay == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", weight decay {optimizer.WeightDecay} on ")
            + (optimizer.WeightDecayOn == DecayedParameters.All ? "everything" : "weights, not biases and batch norms");

    private void Line(string name, string value) => console.Output.WriteLine($"{name,-16} {value}");

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes < 1_000_000
        ? $"{Count(bytes)} bytes"
        : $"{Count(bytes)} bytes ({Amount.Bytes(bytes)})";

    // A multiply and an add are two operations.
    private static string Flops(long multiplyAdds) => (2.0 * multiplyAdds) switch
    {
        >= 1e8 and var flops => string.Create(CultureInfo.InvariantCulture, $"{flops / 1e9:0.00} GFLOP"),
        >= 1e5 and var flops => string.Create(CultureInfo.InvariantCulture, $"{flops / 1e6:0.00} MFLOP"),
        var flops => $"{Count((long)flops)} FLOP",
    };
}
