using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>Compares a file of weights with what a network needs. Pure and thread-safe.</summary>
public static class WeightsCheck
{
    /// <summary>Differences named before the rest is only counted.</summary>
    private const int MaxNamed = 20;

    /// <summary>Refuses a file that lacks a tensor, has one too many or one of another shape.</summary>
    /// <param name="expected">What the network needs.</param>
    /// <param name="file">The file, under the project's names.</param>
    /// <param name="ignored">Tensors of the file that may be there or not, whatever their shape, such as the classifier's; null ignores none.</param>
    /// <exception cref="InvalidInputException">The file does not fit; every difference is named, the first <c>20</c> one by one.</exception>
    public static void Compare(IEnumerable<TensorSpec> expected, ITensorFile file, Func<string, bool>? ignored = null)
    {
        var wanted = expected.Where(spec => !Ignored(spec.Name)).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var found = file.Tensors.Where(info => !Ignored(info.Name)).ToDictionary(info => info.Name, StringComparer.Ordinal);
        ImmutableArray<string> differences =
        [
            .. wanted.Values.Where(spec => found.TryGetValue(spec.Name, out var info) && !spec.Shape.SequenceEqual(info.Shape))
                .OrderBy(spec => spec.Name, StringComparer.Ordinal)
                .Select(spec => $"{spec.Name} has shape {Text(found[spec.Name].Shape)}, {Text(spec.Shape)} would be right"),
            .. wanted.Values.Where(spec => !found.ContainsKey(spec.Name))
                .OrderBy(spec => spec.Name, StringComparer.Ordinal)
                .Select(spec => $"{spec.Name} {Text(spec.Shape)} is missing"),
            .. found.Values.Where(info => !wanted.ContainsKey(info.Name))
                .OrderBy(info => info.Name, StringComparer.Ordinal)
                .Select(info => $"{info.Name} {Text(info.Shape)} is unknown to the network"),
        ];
        if (differences.IsEmpty)
        {
            return;
        }

        var lines = differences.Take(MaxNamed)
            .Prepend($"{file.Path} does not fit the network in {differences.Length} of its tensors{Hint(wanted.Keys, found.Keys)}");
        if (differences.Length > MaxNamed)
        {
            lines = lines.Append($"and {differences.Length - MaxNamed} more");
        }

        throw new InvalidInputException(lines.Select(line => new Problem(WeightsFile.Field, line)));

        bool Ignored(string name) => ignored?.Invoke(name) ?? false;
    }

    private static string Hint(IEnumerable<string> wanted, IEnumerable<string> found) =>
        (HasConvolutions(found), HasBiases(wanted), HasBiases(found)) switch
        {
            (true, true, false) => "; its convolutions have no bias, so it is probably for torchvision's graph (v1.5), not for Keras's (v1)",
            (true, false, true) => "; its convolutions have a bias, so it is probably for Keras's graph (v1), not for torchvision's (v1.5)",
            _ => "",
        };

    private static bool HasConvolutions(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.weight", StringComparison.Ordinal));

    private static bool HasBiases(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.bias", StringComparison.Ordinal));

    private static string Text(ImmutableArray<long> shape) => $"({string.Join(", ", shape)})";
}
