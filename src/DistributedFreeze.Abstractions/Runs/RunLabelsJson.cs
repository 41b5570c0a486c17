using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>Labels as an object of JSON.</summary>
internal sealed class RunLabelsJson : JsonConverter<RunLabels>
{
    public override RunLabels Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("An object of texts was expected.");
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !labels.TryAdd(name, reader.GetString()!))
            {
                throw new JsonException($"One text was expected for '{name}'.");
            }
        }

        return RunLabels.Of(labels);
    }

    public override void Write(Utf8JsonWriter writer, RunLabels value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value.IsEmpty ? [] : value.All)
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }
}
