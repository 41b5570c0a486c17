namespace DistributedFreeze.Specs;

/// <summary>Writes out what a phase may say in short: <c>optimizer: adam</c>, <c>schedule: cosine</c>, <c>learning_rate</c>.</summary>
/// <remarks>Values keep their origin, so an error still names the short form a person wrote.</remarks>
internal static class ShortForms
{
    public static SpecMap Expand(SpecMap root) => root.Find("phases") is SpecList phases
        ? root.With("phases", phases with { Items = [.. phases.Items.Select(Expand)] })
        : root;

    private static SpecNode Expand(SpecNode node)
    {
        if (node is not SpecMap phase)
        {
            return node;
        }

        phase = ExpandKind(ExpandKind(phase, "optimizer"), "schedule");
        var rate = phase.Find("learning_rate");
        if (rate is null || SpecPath.Find(phase, "optimizer.learning_rate") is not null)
        {
            return phase; // given twice: the reader says so
        }

        return phase.Find("optimizer") is null or SpecMap
            ? SpecPath.With(phase.Without("learning_rate"), "optimizer.learning_rate", rate)
            : phase;
    }

    private static SpecMap ExpandKind(SpecMap phase, string name) => phase.Find(name) is SpecText { Value: not null } kind
        ? phase.With(name, new SpecMap(kind.Origin, [new("kind", kind)]))
        : phase;
}
