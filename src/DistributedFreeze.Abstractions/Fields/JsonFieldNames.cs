using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DistributedFreeze.Fields;

/// <summary>Fields as the HTTP API's JSON has them.</summary>
internal sealed class JsonFieldNames : FieldNames
{
    /// <summary>Letters of every script stay as they are.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    protected override string Name(RunField field, string path)
    {
        // The numbers of a list's items, in their order.
        var numbers = new Queue<string>(RunFields.Number().Matches(path).Select(match => match.Value));
        var parts = field.Json.Split("[]");
        return string.Concat(parts.Select((part, i) => part + (i < parts.Length - 1 ? numbers.TryDequeue(out var number) ? number : "[]" : "")))
            + string.Concat(numbers);
    }

    protected override string Give(RunField field, string path, string value) => $"\"{Name(field, path)}\": {Value(field, value)}";

    protected override string GoOn(string folder) => "resume=true";

    private static string Value(RunField field, string value) => field.Path switch
    {
        "phases[].layers" => $"[{Text(value)}]",
        _ when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => value,
        _ => Text(value),
    };

    private static string Text(string text) => JsonSerializer.Serialize(text, Readable);
}
