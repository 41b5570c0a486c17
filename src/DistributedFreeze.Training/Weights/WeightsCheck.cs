using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>Compares a file of weights with what a network needs. Pure and thread-safe.</summary>
internal static partial class WeightsCheck
{
    /// <summary>Tensors of one kind that are named before the rest is only counted.</summary>
    private const int MaxNamed = 3;

    /// <summary>Refuses a file that lacks a tensor of the base, has one too many or one of another shape.</summary>
    /// <param name="expected">What the network needs.</param>
    /// <param name="file">The file, under the project's names.</param>
    /// <returns>Tensors beside the base, such as those of a head: they are not used.</returns>
    /// <exception cref="InvalidInputException">The file does not fit; it says in a few lines what the file has and what would be right.</exception>
    public static ImmutableArray<TensorInfo> Compare(IEnumerable<TensorSpec> expected, ITensorFile file)
    {
        var wanted = expected.ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var found = file.Tensors.ToDictionary(info => info.Name, StringComparer.Ordinal);
        var reshaped = wanted.Values.Where(spec => found.TryGetValue(spec.Name, out var info) && !spec.Shape.SequenceEqual(info.Shape))
            .Select(spec => $"{file.NameInFile(spec.Name)} is {Text(found[spec.Name].Shape)}, {Text(spec.Shape)} would be right");
        var missing = wanted.Values.Where(spec => !found.ContainsKey(spec.Name)).Select(spec => $"{spec.Name} {Text(spec.Shape)}");
        var others = found.Values.Where(info => !wanted.ContainsKey(info.Name)).ToLookup(info => IsOfBase(info, file));
        var alien = others[true].Select(info => $"{file.NameInFile(info.Name)} {Text(info.Shape)}");
        string[] lines = [.. Line("of another shape", reshaped), .. Line($"missing of {wanted.Count}", missing), .. Line("not of this network", alien)];
        if (lines.Length == 0)
        {
            return [.. others[false].OrderBy(info => info.Name, StringComparer.Ordinal)];
        }

        var has = file.Tensors.Select(info => $"{file.NameInFile(info.Name)} {Text(info.Shape)}");
        string[] all =
        [
            $"{file.Path} does not fit the network{Hint([.. wanted.Keys], [.. found.Keys])}",
            .. lines,
            .. Line("tensors of the file", has),
        ];
        throw new InvalidInputException(all.Select(line => new Problem(WeightsFile.Field, line)));
    }

    private static IEnumerable<string> Line(string what, IEnumerable<string> tensors)
    {
        var all = tensors.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            yield return $"{all.Count} {what}: {string.Join("; ", all.Take(MaxNamed))}{(all.Count > MaxNamed ? $"; and {all.Count - MaxNamed} more" : "")}";
        }
    }

    /// <summary>Whether a tensor is part of what the base would be, and not of what a larger model has beside it.</summary>
    private static bool IsOfBase(TensorInfo info, ITensorFile file)
    {
        var name = file.NameInFile(info.Name);
        return BaseName().IsMatch(info.Name)
            || (name.StartsWith(file.Prefix, StringComparison.Ordinal) && BaseName().IsMatch(name[file.Prefix.Length..]));
    }

    private static string Hint(HashSet<string> wanted, HashSet<string> found) => (wanted.Overlaps(found), HasBiases(wanted), HasBiases(found)) switch
    {
        (false, _, _) => "; none of its names is Keras's, torchvision's, timm's or Hugging Face's for a ResNet50, with anything before it or without",
        _ when found.Any(name => name.StartsWith("conv4_block7_", StringComparison.Ordinal)) => "; it is of a deeper ResNet, such as ResNet101",
        _ when wanted.Contains("conv5_block1_3_conv.weight") && found.Contains("conv5_block1_2_conv.weight") && !found.Contains("conv5_block1_3_conv.weight") =>
            "; it is of a shallower ResNet, such as ResNet18 or ResNet34",
        (_, true, false) when HasConvolutions(found) =>
            "; its convolutions have no bias, so it is probably for torchvision's graph: `model.graph: torchvision-v1.5`",
        (_, false, true) when HasConvolutions(wanted) =>
            "; its convolutions have a bias, so it is probably for Keras's graph: `model.graph: keras-v1`",
        _ => "",
    };

    private static bool HasConvolutions(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.weight", StringComparison.Ordinal));

    private static bool HasBiases(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.bias", StringComparison.Ordinal));

    internal static string Text(ImmutableArray<long> shape) => $"({string.Join(", ", shape)})";

    // Ours and Keras's; torchvision's and timm's; Hugging Face's.
    [GeneratedRegex(@"\A(?:conv[1-9]_|(?:conv|bn)[1-9]\.|layer[0-9]+\.|embedder\.|encoder\.)", RegexOptions.CultureInvariant)]
    private static partial Regex BaseName();
}
