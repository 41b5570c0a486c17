using System.Text;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Specs;

/// <summary>Gets hold of a run file's text, within limits.</summary>
internal static class RunText
{
    private const int MaxLength = 1 << 20;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <exception cref="InvalidInputException">The file is missing or unreadable.</exception>
    public static TextReader Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidInputException(path, "is a folder, not a run file");
        }

        try
        {
            return new StreamReader(path, Utf8);
        }
        catch (Exception reason) when (reason is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException(path, "there is no such file");
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InvalidInputException(path, $"cannot be read: {reason.Message}");
        }
    }

    /// <summary>Reads content that stays its owner's.</summary>
    public static TextReader Of(Stream content) => new StreamReader(content, Utf8, leaveOpen: true);

    /// <returns>All of the text, in memory.</returns>
    /// <exception cref="InvalidInputException">The text is too long, not UTF-8, or reading failed.</exception>
    public static TextReader Limited(TextReader text, string name)
    {
        var buffer = new char[MaxLength + 1];
        int length;
        try
        {
            length = text.ReadBlock(buffer, 0, buffer.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidInputException(name, "is not text in UTF-8");
        }
        catch (Exception reason) when (reason is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(name, $"cannot be read: {reason.Message}");
        }

        return length <= MaxLength
            ? new StringReader(new string(buffer, 0, length))
            : throw new InvalidInputException(name, "is larger than 1 MB; a run file is a page of text");
    }
}
