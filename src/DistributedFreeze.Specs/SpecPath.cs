using System.Globalization;

namespace DistributedFreeze.Specs;

/// <summary>Finding and replacing values by a path such as <c>phases[0].optimizer.kind</c>.</summary>
internal static class SpecPath
{
    /// <returns>The value at the path, or null.</returns>
    public static SpecNode? Find(SpecNode root, string path)
    {
        SpecNode? node = root;
        foreach (var step in Steps(path))
        {
            node = node switch
            {
                SpecMap map => map.Find(step),
                SpecList list when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Items.Length =>
                    list.Items[index],
                _ => null,
            };
        }

        return node;
    }

    /// <returns>The tree with the value at the path; maps on the way are made where they are missing.</returns>
    public static SpecMap With(SpecMap root, string path, SpecNode value) => (SpecMap)With(root, Steps(path), value, value.Origin);

    /// <returns>The tree without the field at the path.</returns>
    public static SpecMap Without(SpecMap root, string path)
    {
        var cut = path.LastIndexOf('.');
        return cut < 0
            ? root.Without(path)
            : Find(root, path[..cut]) is SpecMap owner ? With(root, path[..cut], owner.Without(path[(cut + 1)..])) : root;
    }

    private static SpecNode With(SpecNode? node, ReadOnlySpan<string> steps, SpecNode value, Origin origin)
    {
        if (steps.IsEmpty)
        {
            return value;
        }

        if (int.TryParse(steps[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
        {
            var list = node as SpecList ?? new SpecList(origin, []);
            return index < list.Items.Length
                ? list with { Items = list.Items.SetItem(index, With(list.Items[index], steps[1..], value, origin)) }
                : list with { Items = list.Items.Add(With(null, steps[1..], value, origin)) };
        }

        var map = node as SpecMap ?? new SpecMap(origin, []);
        return map.With(steps[0], With(map.Find(steps[0]), steps[1..], value, origin));
    }

    private static string[] Steps(string path) => path.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
}
