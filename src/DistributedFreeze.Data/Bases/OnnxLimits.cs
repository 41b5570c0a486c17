namespace DistributedFreeze.Data.Bases;

/// <summary>How much of each kind one model may have, counted while it is read: an empty entry takes two bytes of a file and a hundred of memory.</summary>
/// <remarks>Far more than networks have. Not thread-safe.</remarks>
internal sealed class OnnxLimits
{
    /// <summary>Inputs, outputs, constants, functions, texts, and names of one node.</summary>
    public const int Most = 100_000;

    /// <summary>Nodes, those within loops, branches and functions among them.</summary>
    public const int MostNodes = 200_000;

    /// <summary>Names that all nodes read and make; those that graphs within a node read of the graph around count again.</summary>
    public const int MostNames = 1_000_000;

    /// <summary>Dimensions of a tensor.</summary>
    public const int MostDimensions = 32;

    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Counts one more, or several.</summary>
    /// <param name="kind">What, in the plural.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="more">How many more there are.</param>
    /// <exception cref="FormatException">There are more.</exception>
    public void Add(string kind, int most = Most, int more = 1)
    {
        var count = _counts.GetValueOrDefault(kind) + more;
        _counts[kind] = count;
        Require(count, kind, most);
    }

    /// <summary>Holds a number against its limit.</summary>
    /// <exception cref="FormatException">It is above.</exception>
    public static void Require(int count, string kind, int most = Most)
    {
        if (count > most)
        {
            throw new FormatException($"it has more than {most:N0} {kind}");
        }
    }
}
