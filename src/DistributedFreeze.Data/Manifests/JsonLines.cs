using System.Globalization;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Manifests;

/// <summary>Reads manifests of JSON Lines: an object to a line.</summary>
internal static class JsonLines
{
    private const int Depth = 16;

    /// <summary>Half a surrogate pair.</summary>
    private const string HalfCharacter = "has an escape that is no character";

    /// <exception cref="InvalidInputException">It cannot be read, or a line is no object that names a file and a class.</exception>
    public static IEnumerable<ManifestLine> Read(string path)
    {
        var name = Path.GetFileName(path);
        foreach (var (number, text) in Lines(path))
        {
            yield return Line(text, number, $"{name}:{number}");
        }
    }

    public static bool HasLabels(string path)
    {
        foreach (var (number, text) in Lines(path))
        {
            using var line = Parse(text, $"{Path.GetFileName(path)}:{number}");
            var fields = line.RootElement.EnumerateObject().Select(field => field.Name).ToList();
            return ManifestFields.Find(ManifestFields.File, fields) is not null && ManifestFields.Find(ManifestFields.Label, fields) is not null;
        }

        return false;
    }

    private static ManifestLine Line(string text, int number, string place)
    {
        using var line = Parse(text, place);
        try
        {
            var root = line.RootElement;
            var fields = root.EnumerateObject().Select(field => field.Name).ToList();
            if (ManifestFields.Ambiguous(fields) is { } twice)
            {
                throw new InvalidInputException(place, $"has more than one field that may be the same: {twice}; leave one, or rename the others");
            }

            return fields.Contains(ManifestFields.Weight, StringComparer.OrdinalIgnoreCase)
                ? throw new InvalidInputException(place, ManifestFields.WeightRefusal)
                : new(
                    number,
                    Text(root, ManifestFields.Find(ManifestFields.File, fields)),
                    Text(root, ManifestFields.Find(ManifestFields.Label, fields)),
                    ManifestFields.Find(ManifestFields.Split, fields) is { } split ? Text(root, split) ?? "" : null);
        }
        catch (InvalidOperationException)
        {
            throw new InvalidInputException(place, HalfCharacter);
        }
    }

    private static JsonDocument Parse(string text, string place)
    {
        JsonDocument line;
        try
        {
            line = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Depth, AllowDuplicateProperties = false });
        }
        catch (JsonException bad)
        {
            throw new InvalidInputException(place, $"is no JSON: {bad.Message.Split(" LineNumber:")[0]}");
        }
        catch (InvalidOperationException)
        {
            throw new InvalidInputException(place, HalfCharacter); // names are read to tell whether one comes twice
        }

        if (line.RootElement.ValueKind == JsonValueKind.Object)
        {
            return line;
        }

        line.Dispose();
        throw new InvalidInputException(place, $"must be an object, such as {{\"file\": \"a.jpg\", \"label\": \"rose\"}}; {ManifestFields.Right}");
    }

    /// <returns>A text or a whole number as text; null where there is nothing, or something else.</returns>
    private static string? Text(JsonElement line, string? field) => field is null ? null : line.GetProperty(field) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString() is { Length: > 0 and <= ManifestText.LongestField } found ? found : null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var whole) => whole.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static IEnumerable<(int Number, string Text)> Lines(string path)
    {
        using var text = ManifestText.Open(path);
        for (var number = 1; Next(text, $"{Path.GetFileName(path)}:{number}") is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return (number, line);
            }
        }
    }

    /// <returns>The next line; null at the end. A line that never ends takes no more memory than the longest that is right.</returns>
    private static string? Next(StreamReader text, string place)
    {
        var line = new StringBuilder();
        try
        {
            while (text.Read() is >= 0 and var read && read != '\n')
            {
                if (line.Append((char)read).Length > ManifestText.LongestLine)
                {
                    throw new InvalidInputException(place, $"is longer than {ManifestText.LongestLine:N0} characters");
                }
            }

            return line.Length == 0 && text.EndOfStream ? null : line.ToString();
        }
        catch (Exception bad) when (bad is IOException or DecoderFallbackException)
        {
            throw new InvalidInputException(place, ManifestText.Why(bad));
        }
    }
}
