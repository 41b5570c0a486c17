namespace DistributedFreeze.Benchmarks;

/// <summary>How often ours is done while the rival is done once: above 1 when ours is faster.</summary>
/// <param name="Name">What is compared.</param>
/// <param name="Boundary">Where the network is cut; empty where that says nothing.</param>
/// <param name="Value">The median of the rounds.</param>
/// <param name="Min">The least of them.</param>
/// <param name="Max">The greatest.</param>
internal sealed record Ratio(string Name, string Boundary, double Value, double Min, double Max)
{
    /// <summary>Compares two times that were measured in the same rounds.</summary>
    /// <param name="name">What is compared.</param>
    /// <param name="boundary">Where the network is cut.</param>
    /// <param name="ours">Seconds of each round.</param>
    /// <param name="rival">Seconds of each round.</param>
    public static Ratio Of(string name, string boundary, IReadOnlyList<double> ours, IReadOnlyList<double> rival)
    {
        var ratios = rival.Zip(ours, (theirs, own) => theirs / own).Order().ToList();
        return new(name, boundary, Median(ratios), ratios[0], ratios[^1]);
    }

    /// <summary>The middle of sorted numbers.</summary>
    public static double Median(IReadOnlyList<double> sorted) => (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}
