using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Plan;

/// <summary>A plan for programs: the first phase's figures at the top, every phase's under <c>phases</c>.</summary>
internal static class PlanJson
{
    public static string Of(RunPlan plan, ImmutableArray<string> classes, ParentFolder? parent, PlannedMemory memory, MeasuredPlan? measured, FieldNames names)
    {
        ImmutableArray<PhaseDocument> phases = [.. plan.Phases.Select((phase, index) => Phase(phase, plan.Spec.Phases[index], index + 1, names))];
        var first = phases[0];
        return JsonSerializer.Serialize(
            new PlanDocument(
                plan.Spec.Model.Base is null ? RunEnums.NameOf(plan.Spec.Model.Architecture) : null, plan.Spec.Model.Base is null ? RunEnums.NameOf(plan.Spec.Model.Graph) : null, plan.Spec.Data.ImageSize, RunEnums.NameOf(plan.Spec.Data.Resize), classes, plan.Classes, first.Parameters, first.TrainableLayers,
                first.Boundary, first.AllReduceBytes, first.FeatureBytes, first.PrefixFlops, first.TailFlops, first.MaskHash, first.Warnings,
                plan.Spec.LabelSmoothing,
                plan.Spec.Mixup,
                plan.Spec.FeatureAugmentation,
                RunEnums.NameOf(plan.Spec.Precision),
                RunEnums.NameOf(PrecisionNeeds.DeviceOf(plan.Spec)),
                LayerTable.For(plan.Spec.Model) is var table && table != table.Whole ? [.. table.HeadInputs.Select(layer => layer.Name)] : null,
                phases,
                memory with { Parts = Named(memory.Parts, names), DeviceParts = Named(memory.DeviceParts, names) },
                measured is null ? null : MeasuredDocument.Of(measured, names),
                parent is null ? null : new(parent.Folder, parent.Receipt.RunId, parent.Receipt.ModelSha256, parent.Receipt.Classes),
                plan.Spec.Model is { Base: { } path } model ? new(path, model.BaseSha256!, model.Boundary!, RunEnums.NameOf(model.Pool), model.BaseFeatures!.Value, model.BaseParameters!.Value, model.BaseMultiplyAdds) : null),
            PlanJsonContext.Readable.PlanDocument);
    }

    private static ImmutableArray<PlannedMemoryPart> Named(ImmutableArray<PlannedMemoryPart> parts, FieldNames names) =>
        [.. parts.Select(part => part with { Field = part.Field is { } field ? names.Of(field) : null })];

    private static PhaseDocument Phase(PhasePlan plan, PhaseSpec spec, int number, FieldNames names) => new(
        number,
        new(plan.Parameters.Total, plan.Parameters.Trainable, plan.Parameters.Frozen),
        plan.Mask.TrainableLayers,
        plan.Boundary.Name,
        plan.AllReduceBytes,
        plan.FeatureBytes,
        plan.IsPrefixCostKnown ? 2 * plan.PrefixMultiplyAdds : null,
        2 * plan.TailMultiplyAdds,
        plan.Mask.Hash,
        [.. plan.Warnings.Select(names.In)],
        plan.OpenBatchNorms,
        RunEnums.NameOf(spec.BatchNorm),
        RunEnums.NameOf(spec.Keep),
        RunEnums.NameOf(spec.BestBy),
        spec.Patience,
        spec.ClipNorm,
        spec.Ema,
        spec.Optimizer.WeightDecay,
        RunEnums.NameOf(spec.Optimizer.WeightDecayOn),
        (spec.Optimizer.Rates.IsEmpty ? [] : spec.Optimizer.Rates.All).ToDictionary(rate => rate.Name, rate => rate.Value, StringComparer.Ordinal),
        spec.Optimizer.LayerDecay);
}

/// <summary>The fields that scripts rely on. Trainable layers are those of the base; the head always trains and is not among them. Classes have names where there are
/// folders to name them.</summary>
internal sealed record PlanDocument(
    string? Architecture,
    string? Graph,
    int ImageSize,
    string Resize,
    ImmutableArray<string> Classes,
    int ClassCount,
    ParametersDocument Parameters,
    ImmutableArray<string> TrainableLayers,
    string Boundary,
    long AllReduceBytes,
    long FeatureBytes,
    long? PrefixFlops,
    long TailFlops,
    string MaskHash,
    ImmutableArray<string> Warnings,
    double LabelSmoothing,
    double Mixup,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FeatureAugmentationSpec? FeatureAugmentation,
    string Precision,
    string Device,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string[]? HeadInputs,
    ImmutableArray<PhaseDocument> Phases,
    PlannedMemory Memory,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MeasuredDocument? Measured,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ParentDocument? From,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BaseDocument? Base);

/// <summary>The ONNX model that is the base, and then there is no architecture and no graph; what is not known of its cost is null.</summary>
internal sealed record BaseDocument(string Path, string Sha256, string Boundary, string Pool, int Features, long Parameters, long? MultiplyAdds);

/// <summary>The finished run that the run starts from, and its classes.</summary>
internal sealed record ParentDocument(string Path, string RunId, string ModelSha256, ImmutableArray<string> Classes);

internal sealed record PhaseDocument(
    int Phase,
    ParametersDocument Parameters,
    ImmutableArray<string> TrainableLayers,
    string Boundary,
    long AllReduceBytes,
    long FeatureBytes,
    long? PrefixFlops,
    long TailFlops,
    string MaskHash,
    ImmutableArray<string> Warnings,
    int OpenBatchNorms,
    string BatchNorm,
    string Keep,
    string BestBy,
    int? Patience,
    double? ClipNorm,
    double? Ema,
    double WeightDecay,
    string WeightDecayOn,
    Dictionary<string, double> Rates,
    double LayerDecay);

internal sealed record ParametersDocument(long Total, long Trainable, long Frozen);

[JsonSerializable(typeof(PlanDocument))]
internal sealed partial class PlanJsonContext : JsonSerializerContext
{
    /// <summary>For terminals and files, not for HTML: an apostrophe stays one.</summary>
    public static PlanJsonContext Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = RunJson.Readable,
    });
}
