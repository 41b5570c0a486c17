using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DistributedFreeze.Data.Archives;

/// <summary>A kind of member that says the class of its sample.</summary>
/// <param name="Rank">The kind of the highest rank counts, where a sample has several.</param>
/// <param name="Longest">Bytes that are read of it.</param>
internal sealed record TarLabel(int Rank, int Longest)
{
    private const int Depth = 16;

    /// <summary>Some editors put it first: it would be a part of the class that nobody sees.</summary>
    private const char ByteOrderMark = '\uFEFF';

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Fields = ["label", "cls", "class"];

    /// <summary><c>.txt</c>: a class, or a caption, which is none.</summary>
    public static TarLabel Text { get; } = new(1, 4096);

    /// <summary><c>.json</c>: an object, of which one field says the class.</summary>
    public static TarLabel Json { get; } = new(2, 1 << 20);

    /// <summary><c>.cls</c>: a class, or its number.</summary>
    public static TarLabel Class { get; } = new(3, 4096);

    /// <summary>Reads one.</summary>
    /// <param name="contents">Receives what is not right.</param>
    /// <param name="name">The member's name.</param>
    /// <param name="window">The archive.</param>
    /// <param name="member">The member.</param>
    /// <returns>Null where it says no class.</returns>
    public ArchivedLabel? Read(ArchiveContents contents, string name, FileWindow window, TarMember member)
    {
        var isText = this == Text;
        if (member.Length > Longest)
        {
            return isText ? null : Refused(contents, name, string.Create(CultureInfo.InvariantCulture, $"has {member.Length:N0} bytes, more than the {Longest:N0} that are read"));
        }

        try
        {
            var bytes = window.Read(member.Offset, (int)member.Length);
            return this == Json ? OfJson(contents, name, bytes) : OfText(contents, name, Strict.GetString(bytes).TrimStart(ByteOrderMark).Trim(), isText);
        }
        catch (DecoderFallbackException)
        {
            return isText ? null : Refused(contents, name, "is not UTF-8");
        }
    }

    private static ArchivedLabel? OfText(ArchiveContents contents, string name, string text, bool isText) =>
        ArchiveContents.IsClass(text) ? ArchivedLabel.Of(text)
        : isText ? null
        : Refused(contents, name, "says no class");

    private static ArchivedLabel? OfJson(ArchiveContents contents, string name, ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = Depth });
            using var document = JsonDocument.ParseValue(ref reader);
            _ = reader.Read(); // refuses what follows
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Fields.FirstOrDefault(field => root.TryGetProperty(field, out _)) is not { } found)
            {
                return null; // of something else, such as a caption or a source
            }

            return root.GetProperty(found) switch
            {
                { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var whole) => ArchivedLabel.Of(whole),
                { ValueKind: JsonValueKind.String } text when ArchiveContents.IsClass(text.GetString()!.Trim()) => new(text.GetString()!.Trim(), Number: null),
                _ => Refused(contents, name, $"says no class in '{found}'"),
            };
        }
        catch (JsonException)
        {
            return Refused(contents, name, "is no JSON");
        }
        catch (InvalidOperationException)
        {
            return Refused(contents, name, "has an escape that is no character");
        }
    }

    private static ArchivedLabel? Refused(ArchiveContents contents, string name, string why)
    {
        contents.Refuse(name, $"{why}; {ArchiveContents.RightClass}");
        return null;
    }
}
