using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>Numbers by name as an object of JSON.</summary>
internal sealed class NamedNumbersJson : JsonConverter<NamedNumbers>
{
    public override NamedNumbers Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object of numbers was expected.");
        }

        var numbers = new Dictionary<string, double>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !numbers.TryAdd(name, reader.GetDouble()))
            {
                throw new JsonException($"One number was expected for '{name}'.");
            }
        }

        return NamedNumbers.Of(numbers);
    }

    public override void Write(Utf8JsonWriter writer, NamedNumbers value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, number) in value.IsEmpty ? [] : value.All)
        {
            writer.WriteNumber(name, number);
        }

        writer.WriteEndObject();
    }
}
