namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>Which of our namespaces uses which, and through which types. Names leave out <c>DistributedFreeze.</c>; an arrow is <c>Runs -> Fields</c>.</summary>
internal sealed class NamespaceGraph
{
    private const string Root = "DistributedFreeze.";

    /// <summary>By user and used: an example.</summary>
    private readonly Dictionary<string, Dictionary<string, string>> _arrows = [];

    private NamespaceGraph(IEnumerable<(string From, string To, string Example)> arrows)
    {
        foreach (var (from, to, example) in arrows)
        {
            _arrows.TryAdd(from, []);
            _arrows[from].TryAdd(to, example);
        }
    }

    /// <summary>Those that use another.</summary>
    public IEnumerable<string> Namespaces => _arrows.Keys;

    /// <summary>Reads it from built assemblies. What generators write has namespaces of its own, which are left out.</summary>
    public static NamespaceGraph Of(IEnumerable<string> assemblies) => new(
        from assembly in assemblies
        from pair in UsedTypes.In(assembly)
        where pair.User.Namespace.StartsWith(Root, StringComparison.Ordinal) && pair.Used.Namespace.StartsWith(Root, StringComparison.Ordinal)
            && pair.User.Namespace != pair.Used.Namespace
        select (pair.User.Namespace[Root.Length..], pair.Used.Namespace[Root.Length..], $"{pair.User.Type} uses {pair.Used.Type}"));

    /// <summary>The shortest way along the arrows, a line for each; null where there is none.</summary>
    public string? Path(string from, string to)
    {
        var cameFrom = new Dictionary<string, string>();
        var waiting = new Queue<string>([from]);
        while (waiting.TryDequeue(out var here))
        {
            foreach (var next in _arrows.GetValueOrDefault(here)?.Keys.Where(next => cameFrom.TryAdd(next, here)) ?? [])
            {
                if (next == to)
                {
                    return string.Join('\n', Lines(cameFrom, from, to).Reverse());
                }

                waiting.Enqueue(next);
            }
        }

        return null;
    }

    private IEnumerable<string> Lines(Dictionary<string, string> cameFrom, string from, string to)
    {
        do
        {
            yield return $"{cameFrom[to]} -> {to}: {_arrows[cameFrom[to]][to]}";
            to = cameFrom[to];
        }
        while (to != from);
    }
}
