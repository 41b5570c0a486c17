using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Fields;

/// <summary>Values of an enumeration as JSON: their names, and numbers where a value has none.</summary>
internal sealed class EnumNameJson<T>(EnumNames<T> names, Func<EnumName<T>, string> name) : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String when names.Find(reader.GetString()!) is { } value => value,
        JsonTokenType.Number when reader.TryGetInt32(out var number) => (T)Enum.ToObject(typeof(T), number),
        _ => throw new JsonException(),
    };

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        if (names.RowOf(value) is { } row)
        {
            writer.WriteStringValue(name(row));
        }
        else
        {
            writer.WriteNumberValue(Convert.ToInt32(value, provider: null));
        }
    }
}
