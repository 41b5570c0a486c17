using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Weights;

/// <summary>Compares a file of weights with what a network needs. Pure and thread-safe.</summary>
internal static partial class WeightsCheck
{
    /// <summary>Tensors of one kind that are named before the rest is only counted.</summary>
    private const int MaxNamed = 3;

    /// <summary>Refuses a file that lacks a tensor of the base, has one too many or one of another shape; what the whole network has behind the base's last layer is there whole or not at all.</summary>
    /// <param name="table">The base's layers.</param>
    /// <param name="file">The file, under the project's names.</param>
    /// <returns>Tensors beside the network, such as those of a head: they are not used.</returns>
    /// <exception cref="InvalidInputException">The file does not fit; it says in a few lines what the file has and what would be right.</exception>
    public static ImmutableArray<TensorInfo> Compare(LayerTable table, ITensorFile file) =>
        Compare(Tensors(table), file, table.Whole.Layers.Skip(table.Layers.Length).SelectMany(layer => layer.Tensors));

    /// <summary>Refuses a file that lacks a tensor of the base, has one too many or one of another shape.</summary>
    /// <param name="expected">What the network needs.</param>
    /// <param name="file">The file, under the project's names.</param>
    /// <param name="left">What it may have besides, all of it or nothing; null for nothing.</param>
    /// <returns>Tensors beside the base, such as those of a head: they are not used.</returns>
    /// <exception cref="InvalidInputException">The file does not fit; it says in a few lines what the file has and what would be right.</exception>
    public static ImmutableArray<TensorInfo> Compare(IEnumerable<TensorSpec> expected, ITensorFile file, IEnumerable<TensorSpec>? left = null)
    {
        var found = file.Tensors.ToDictionary(info => info.Name, StringComparer.Ordinal);
        var behind = left?.ToList() ?? [];

        // A part of what is behind would be another network's, or a file that breaks off.
        var wanted = (behind.Exists(spec => found.ContainsKey(spec.Name)) ? expected.Concat(behind) : expected).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
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
            $"{file.Path} does not fit the network{Hint(wanted, [.. found.Keys], file)}",
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

    /// <summary>The network that most of a file's tensors are of.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Null where more than half of the nearest one's tensors are missing, of another shape, or too many.</returns>
    internal static LayerTable? Nearest(ITensorFile file)
    {
        var (nearest, distance) = LayerTable.All.Select(table => (Table: table, Distance: Distance(table, file))).MinBy(one => one.Distance);
        return 2 * distance < Tensors(nearest).Count() ? nearest : null;
    }

    /// <summary>Tensors that a file lacks or has in another shape, and those of a base that it has beside the network's.</summary>
    internal static int Distance(LayerTable table, ITensorFile file)
    {
        var wanted = Tensors(table).ToDictionary(spec => spec.Name, spec => spec.Shape, StringComparer.Ordinal);
        var right = file.Tensors.Count(info => wanted.TryGetValue(info.Name, out var shape) && shape.SequenceEqual(info.Shape));
        return wanted.Count - right + file.Tensors.Count(info => !wanted.ContainsKey(info.Name) && IsOfBase(info, file));
    }

    private static string Hint(Dictionary<string, TensorSpec> wanted, HashSet<string> found, ITensorFile file) => (wanted.Keys.Any(found.Contains), HasBiases(wanted.Keys), HasBiases(found)) switch
    {
        (false, _, _) => "; none of its names is Keras's, torchvision's, timm's or Hugging Face's for a ResNet, with anything before it or without",
        _ when OtherNetwork(wanted, file) is { } other => $"; it is probably a {other}",
        (_, true, false) when HasConvolutions(found) =>
            "; its convolutions have no bias, so it is probably for torchvision's graph: `model.graph: torchvision-v1.5`",
        (_, false, true) when HasConvolutions(wanted.Keys) =>
            "; its convolutions have a bias, so it is probably for Keras's graph: `model.graph: keras-v1`",
        _ => "",
    };

    /// <summary>Another network of the family that the file is nearer to, and the fields that say so; null for none.</summary>
    private static string? OtherNetwork(Dictionary<string, TensorSpec> wanted, ITensorFile file)
    {
        var own = LayerTable.All.FirstOrDefault(table => Tensors(table).All(tensor => wanted.TryGetValue(tensor.Name, out var spec) && spec.Shape.SequenceEqual(tensor.Shape))
            && Tensors(table).Count() == wanted.Count);
        if (own is null || Nearest(file) is not { } nearest || nearest.Architecture == own.Architecture)
        {
            return null;
        }

        var architecture = $"{nearest.Architecture.Name}: `model.architecture: {RunEnums.NameOf(nearest.Architecture.Architecture)}`";
        return nearest.Graph == own.Graph ? architecture : $"{architecture} and `model.graph: {RunEnums.NameOf(nearest.Graph)}`";
    }

    private static IEnumerable<TensorSpec> Tensors(LayerTable table) => table.Layers.SelectMany(layer => layer.Tensors);

    private static bool HasConvolutions(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.weight", StringComparison.Ordinal));

    private static bool HasBiases(IEnumerable<string> names) => names.Any(name => name.EndsWith("_conv.bias", StringComparison.Ordinal));

    internal static string Text(ImmutableArray<long> shape) => $"({string.Join(", ", shape)})";

    // Ours and Keras's; torchvision's and timm's; Hugging Face's.
    [GeneratedRegex(@"\A(?:conv[1-9]_|(?:conv|bn)[1-9]\.|layer[0-9]+\.|embedder\.|encoder\.)", RegexOptions.CultureInvariant)]
    private static partial Regex BaseName();
}
