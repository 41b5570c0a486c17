using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace DistributedFreeze.Data;

/// <summary>Class names that are different texts and hardly different classes: <c>Cat</c> and <c>cat</c>, or an accent encoded in two ways.</summary>
internal static class ClassNames
{
    /// <returns>A sentence for each group of such names.</returns>
    public static IEnumerable<string> Warnings(ImmutableArray<string> classes) => classes
        .GroupBy(Key, StringComparer.Ordinal)
        .Where(twins => twins.Count() > 1)
        .Select(twins => $"the classes {Examples.Of([.. twins.Select(Spelled)])} differ {Difference(twins.First(), twins.ElementAt(1))}; "
            + "if they are one class, put their images into one folder");

    /// <summary>Names a class that another name hardly differs from.</summary>
    /// <returns>What it is called and how it differs, as a phrase; null where there is none.</returns>
    public static string? Twin(string name, IEnumerable<string> classes) =>
        classes.FirstOrDefault(other => other != name && Key(other) == Key(name)) is { } twin ? $"{Spelled(twin)}, which differs {Difference(name, twin)}" : null;

    private static string Key(string name) => CanonicalForm.Of(name.Trim()).ToUpperInvariant();

    private static string Difference(string one, string other) =>
        CanonicalForm.Of(one) == CanonicalForm.Of(other) ? "in how accents are encoded alone (NFC or NFD)"
        : string.Equals(one, other, StringComparison.OrdinalIgnoreCase) ? "in capital letters alone"
        : one.Trim() == other.Trim() ? "in spaces around the name alone"
        : "in capital letters, spaces and the encoding of accents alone";

    /// <returns>The name in quotes, and with its code points where the eye might not tell them.</returns>
    private static string Spelled(string name)
    {
        var spelled = new StringBuilder();
        foreach (var unit in name)
        {
            _ = unit < 0x80 ? spelled.Append(unit) : spelled.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }

        return spelled.Length == name.Length ? $"'{name}'" : $"'{name}' ({spelled})";
    }
}
