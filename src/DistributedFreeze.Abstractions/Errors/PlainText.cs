using System.Globalization;
using System.Text;

namespace DistributedFreeze.Errors;

/// <summary>Text from others, made safe for a terminal or a log: control characters are escaped. Pure and thread-safe.</summary>
/// <remarks>
/// Class names, file names, reasons and labels come from whoever made the files. An escape sequence in them clears screens and names windows,
/// a line end forges a line of the log, and marks of direction let a name read as another.
/// </remarks>
public static class PlainText
{
    /// <summary>One line: line ends are written out too.</summary>
    /// <param name="text">Anything.</param>
    /// <returns>The text itself where it is harmless; otherwise with <c>\u001b</c> for each character that is not.</returns>
    public static string Line(string text) => Of(text, keepsLines: false);

    /// <summary>Any number of lines.</summary>
    /// <param name="text">Anything.</param>
    /// <returns>The text itself where it is harmless; otherwise with <c>\u001b</c> for each character that is not.</returns>
    public static string Lines(string text) => Of(text, keepsLines: true);

    private static string Of(string text, bool keepsLines)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                plain.Append(text, i++, 2);
            }
            else if (text[i] is '\n' or '\r' or '\t' ? keepsLines : !Steers(text[i]))
            {
                plain.Append(text[i]);
            }
            else
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:x4}");
            }
        }

        return plain.ToString();
    }

    private static bool Steers(char one) =>
        char.IsControl(one) || char.IsSurrogate(one) || one is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f';
}
