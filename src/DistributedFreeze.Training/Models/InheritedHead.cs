using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Models;

/// <summary>First weights of a head that a finished run has trained: a class that was there before keeps its row, whatever number it has now.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="tensors">The trained head's tensors by name.</param>
/// <param name="had">Its classes, in the order of its outputs.</param>
/// <param name="classes">The classes of the new head, in the order of its outputs: all of those, and perhaps more.</param>
internal sealed class InheritedHead(IReadOnlyDictionary<string, float[]> tensors, ImmutableArray<string> had, ImmutableArray<string> classes)
{
    private readonly FrozenDictionary<string, int> _numbers =
        classes.Select((name, number) => (name, number)).ToFrozenDictionary(one => one.name, one => one.number, StringComparer.Ordinal);

    /// <summary>Lays what was trained over first weights; those of a new class stay.</summary>
    /// <param name="tensor">A tensor of the new head.</param>
    /// <param name="isOfClasses">Whether it belongs to the layer of classes.</param>
    /// <param name="values">The tensor's first weights, row-major.</param>
    public void CopyTo(TensorSpec tensor, bool isOfClasses, Span<float> values)
    {
        var trained = tensors[tensor.Name].AsSpan();
        if (!isOfClasses)
        {
            trained.CopyTo(values);
            return;
        }

        var row = values.Length / classes.Length;
        for (var before = 0; before < had.Length; before++)
        {
            var now = _numbers[had[before]];
            trained.Slice(before * row, row).CopyTo(values.Slice(now * row, row));
        }
    }
}
