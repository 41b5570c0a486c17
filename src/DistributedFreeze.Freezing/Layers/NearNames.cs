namespace DistributedFreeze.Freezing.Layers;

/// <summary>Finds the names that a person may have meant.</summary>
/// <remarks>Pure and thread-safe.</remarks>
public static class NearNames
{
    /// <summary>Most suggestions of one message.</summary>
    public const int Most = 3;

    /// <summary>The sentence about an unknown name: <c>unknown layer 'conv5_blok1_out'; did you mean conv5_block1_out?</c></summary>
    /// <param name="noun">What is named: <c>layer</c>, <c>stage</c>.</param>
    /// <param name="given">What the person wrote.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>The sentence; without a suggestion when nothing is near.</returns>
    public static string Unknown(string noun, string given, IEnumerable<string> known) =>
        $"unknown {noun} '{given}'{Suggestion(given, known)}";

    /// <summary>The known names nearest to what was given, nearest first.</summary>
    /// <remarks>
    /// Of equally near names those come first that begin like the given one, since people get the start right; then in their order.
    /// </remarks>
    /// <param name="given">What the person wrote; <c>*</c> stands for any characters and <c>?</c> for any one.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>At most <see cref="Most"/> names, none of them further away than a third of what was given (at least 2 edits).</returns>
    public static IReadOnlyList<string> Of(string given, IEnumerable<string> known)
    {
        var limit = Math.Max(2, given.Length / 3);
        return
        [
            .. known.Select(name => (Name: name, Distance: Distance(given, name)))
                .Where(candidate => candidate.Distance <= limit)
                .OrderBy(candidate => candidate.Distance)
                .ThenByDescending(candidate => given.AsSpan().CommonPrefixLength(candidate.Name))
                .Take(Most)
                .Select(candidate => candidate.Name),
        ];
    }

    internal static string Suggestion(string given, IEnumerable<string> known)
    {
        var near = Of(given, known);
        return near.Count == 0 ? "" : $"; did you mean {string.Join(", ", near)}?";
    }

    /// <summary>
    /// Insertions, deletions and replacements between a pattern and a name (Levenshtein, 1966), whatever the case;
    /// what a wildcard covers costs nothing.
    /// </summary>
    internal static int Distance(string pattern, string name)
    {
        var row = new int[name.Length + 1];
        for (var column = 0; column <= name.Length; column++)
        {
            row[column] = column;
        }

        foreach (var wanted in pattern)
        {
            var diagonal = row[0];
            row[0] += wanted == '*' ? 0 : 1;
            for (var column = 1; column <= name.Length; column++)
            {
                var above = row[column];
                row[column] = wanted == '*'
                    ? Math.Min(above, row[column - 1])
                    : Math.Min(diagonal + Cost(wanted, name[column - 1]), Math.Min(above, row[column - 1]) + 1);
                diagonal = above;
            }
        }

        return row[^1];
    }

    private static int Cost(char wanted, char found) =>
        wanted == '?' || char.ToLowerInvariant(wanted) == char.ToLowerInvariant(found) ? 0 : 1;
}
