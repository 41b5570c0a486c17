using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>Finds numbers in a file of weights that no training leaves behind. Not thread-safe.</summary>
/// <param name="file">The file.</param>
internal sealed class WeightNumbers(ITensorFile file)
{
    /// <summary>Tensors that are named before the rest is only counted.</summary>
    private const int MaxNamed = 5;

    private readonly List<string> _faults = [];

    /// <summary>Looks at one tensor, as it was read.</summary>
    public void Add(TensorSpec tensor, ReadOnlySpan<float> values)
    {
        var isVariance = tensor.IsStatistic && tensor.Name.EndsWith(".running_var", StringComparison.Ordinal);
        var (count, first) = (0, -1);
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]) || (isVariance && values[i] < 0))
            {
                first = first < 0 ? i : first;
                count++;
            }
        }

        if (count > 0)
        {
            var what = float.IsFinite(values[first]) ? "negative variances" : "numbers that are NaN or infinite";
            _faults.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{file.NameInFile(tensor.Name)} holds {what}: {count} of {values.Length:N0}, the first, {values[first]}, at {Place(tensor.Shape, first)}"));
        }
    }

    /// <exception cref="InvalidInputException">There were such numbers; it names the tensors.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            var more = _faults.Count > MaxNamed ? [$"and so do {_faults.Count - MaxNamed} more of its tensors"] : Array.Empty<string>();
            throw new InvalidInputException(_faults.Take(MaxNamed).Select(fault => $"{file.Path}: {fault}").Concat(more)
                .Select(line => new Problem(WeightsFile.Field, line)));
        }
    }

    private static string Place(ImmutableArray<long> shape, long index)
    {
        var place = new long[shape.Length];
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            (index, place[axis]) = Math.DivRem(index, shape[axis]);
        }

        return $"[{string.Join(", ", place)}]";
    }
}
