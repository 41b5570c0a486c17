namespace DistributedFreeze.Cli.Train;

/// <summary>The latest of a row of numbers as a line of little bars.</summary>
internal static class Sparkline
{
    /// <summary>Bars at most, a column each.</summary>
    public const int Length = 12;

    private const string Bars = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588";

    /// <param name="numbers">Any numbers; what is not finite is left out.</param>
    /// <returns>The lowest of those shown is the lowest bar, and the highest the highest; equal ones are all low.</returns>
    public static string Of(IReadOnlyList<double> numbers)
    {
        var shown = numbers.Skip(numbers.Count - Length).Where(double.IsFinite).ToList();
        if (shown.Count == 0)
        {
            return "";
        }

        var (low, high) = (shown.Min(), shown.Max());
        return string.Concat(shown.Select(number => Bars[high > low ? (int)Math.Round((number - low) / (high - low) * (Bars.Length - 1)) : 0]));
    }
}
