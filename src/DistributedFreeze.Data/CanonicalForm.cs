using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace DistributedFreeze.Data;

/// <summary>Texts that look the same in one spelling: Unicode's canonical decomposition (NFD), which .NET has not where globalization is invariant.</summary>
/// <remarks>
/// <c>canonical-decompositions.txt</c> has the decompositions of Unicode 14 but for the compatibility ideographs, as Python's
/// <c>unicodedata.decomposition</c> gives them; Korean syllables follow from arithmetic. Marks are left in their order. Thread-safe.
/// </remarks>
internal static class CanonicalForm
{
    private const int FirstSyllable = 0xAC00;
    private const int LastSyllable = 0xD7A3;
    private const int Vowels = 21;
    private const int Tails = 28;

    private static readonly Lazy<FrozenDictionary<int, int[]>> Decompositions = new(Read);

    public static string Of(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var form = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            Append(form, rune.Value);
        }

        return form.ToString();
    }

    private static void Append(StringBuilder form, int codePoint)
    {
        if (codePoint is >= FirstSyllable and <= LastSyllable)
        {
            var (rest, tail) = Math.DivRem(codePoint - FirstSyllable, Tails);
            form.Append((char)(0x1100 + (rest / Vowels))).Append((char)(0x1161 + (rest % Vowels))).Append(tail == 0 ? "" : ((char)(0x11A7 + tail)).ToString());
        }
        else if (Decompositions.Value.TryGetValue(codePoint, out var parts))
        {
            foreach (var part in parts)
            {
                Append(form, part);
            }
        }
        else
        {
            form.Append(char.ConvertFromUtf32(codePoint));
        }
    }

    private static FrozenDictionary<int, int[]> Read()
    {
        using var reader = new StreamReader(typeof(CanonicalForm).Assembly.GetManifestResourceStream("canonical-decompositions.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Array.ConvertAll(line.Split(' '), number => int.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture)))
            .ToFrozenDictionary(numbers => numbers[0], numbers => numbers[1..]);
    }
}
