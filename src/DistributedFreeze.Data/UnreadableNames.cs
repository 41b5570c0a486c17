using System.Collections.Immutable;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Says what to do about names that are not UTF-8, by which nothing can be opened. Pure and thread-safe.</summary>
public static class UnreadableNames
{
    /// <summary>What .NET puts in place of bytes that are not UTF-8. A name may also be called so.</summary>
    public const char Replacement = '\uFFFD';

    /// <summary>One problem for all such names below a folder.</summary>
    /// <param name="field">The field, option or path at fault.</param>
    /// <param name="folder">The folder that they are in.</param>
    /// <param name="names">At least one, as <see cref="FolderEntry.Name"/> writes them, from the folder on.</param>
    public static Problem In(string field, string folder, IEnumerable<string> names)
    {
        ImmutableArray<string> sorted = [.. names.Order(StringComparer.Ordinal)];
        var subject = field == folder ? "" : $"'{folder}' ";
        var holds = sorted.Length == 1 ? $"a name that is not UTF-8, {sorted[0]}" : $"{sorted.Length} names that are not UTF-8, such as {sorted[0]}";
        return new(field, $"{subject}holds {holds}; {HowToRename(string.Concat(sorted), folder)}");
    }

    /// <summary>What helps, as a phrase.</summary>
    /// <param name="escaped">The name, as <see cref="Escaped"/> writes it.</param>
    /// <param name="folder">The folder that it is in.</param>
    public static string HowToRename(string escaped, string folder)
    {
        // Latin-1 has no letters at 0x80 to 0x9F; the code page of ZIP files from Windows has its accents there.
        var encoding = escaped.Contains(@"\x8", StringComparison.Ordinal) || escaped.Contains(@"\x9", StringComparison.Ordinal) ? "cp850" : "latin1";
        var quoted = folder.Replace("'", @"'\''", StringComparison.Ordinal);
        return $"rename it, for instance with: convmv -r -f {encoding} -t utf8 --notest '{quoted}' (-f is the encoding of the names as they are)";
    }

    /// <summary>Shows a name that is not UTF-8.</summary>
    /// <param name="name">The bytes of a name.</param>
    /// <returns>The name with <c>\xe9</c> and the like for each byte outside printable ASCII, as shells write it within <c>$'...'</c>; null where it is UTF-8.</returns>
    public static string? Escaped(ReadOnlySpan<byte> name) => RawNames.IsUtf8(name) ? null : RawName.Escape(name);
}
