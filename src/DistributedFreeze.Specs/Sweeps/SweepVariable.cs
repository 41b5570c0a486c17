using System.Collections.Immutable;

namespace DistributedFreeze.Specs.Sweeps;

/// <summary>A field that trials differ in. Immutable and thread-safe.</summary>
/// <param name="Field">Its path.</param>
/// <param name="Origin">Where the sweep says so.</param>
/// <param name="Values">The values it may have; empty for a range.</param>
/// <param name="Range">The numbers it may have; null for values.</param>
internal sealed record SweepVariable(string Field, Origin Origin, ImmutableArray<SpecNode> Values, SweepRange? Range)
{
    /// <summary>The value at a place.</summary>
    /// <param name="place">From 0 up to but not including 1.</param>
    public SpecNode At(double place) =>
        Range is { } range ? new SpecText(Origin, range.At(place)) : Values[(int)(place * Values.Length)];

    /// <summary>A value as a run file has it on one line.</summary>
    public static string Text(SpecNode value) => value switch
    {
        SpecText text => text.Value ?? "null",
        SpecList list => $"[{string.Join(", ", list.Items.Select(Text))}]",
        SpecMap map => $"{{{string.Join(", ", map.Fields.Select(field => $"{field.Name}: {Text(field.Value)}"))}}}",
        _ => "",
    };
}
