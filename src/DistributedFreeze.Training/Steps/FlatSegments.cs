using System.Collections.Immutable;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>Parts of a flat vector, by the groups of its parameters.</summary>
internal static class FlatSegments
{
    /// <summary>Visits the part of each group: (segment, group).</summary>
    public static void ForEach(Tensor vector, ImmutableArray<ParameterGroup> groups, Action<Tensor, ParameterGroup> visit)
    {
        if (groups is [var whole])
        {
            visit(vector, whole);
            return;
        }

        foreach (var group in groups)
        {
            using var segment = vector.narrow(0, group.Start, group.Length);
            visit(segment, group);
        }
    }

    /// <summary>Visits the part of each group that decays: (segment, group).</summary>
    public static void ForEachThatDecays(Tensor vector, ImmutableArray<ParameterGroup> groups, Action<Tensor, ParameterGroup> visit) =>
        ForEach(vector, groups, (segment, group) =>
        {
            if (group.Decays)
            {
                visit(segment, group);
            }
        });
}
