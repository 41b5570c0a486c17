using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>How much images of classes count, as JSON and a run file say it in one field: a name such as <c>balanced</c>, or factors by class.</summary>
/// <param name="Weighting">What is done with all classes.</param>
/// <param name="Factors">Factors of some classes; where there are any, they are what is written.</param>
[JsonConverter(typeof(ClassWeightsJson))]
public readonly record struct ClassWeightsValue(ClassWeighting Weighting, NamedNumbers Factors);

/// <summary>Class weights as JSON: a name, or an object of numbers.</summary>
internal sealed class ClassWeightsJson : JsonConverter<ClassWeightsValue>
{
    public override ClassWeightsValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType == JsonTokenType.StartObject
        ? new(ClassWeighting.None, JsonSerializer.Deserialize<NamedNumbers>(ref reader, options)!)
        : new(JsonSerializer.Deserialize<ClassWeighting>(ref reader, options), NamedNumbers.None);

    public override void Write(Utf8JsonWriter writer, ClassWeightsValue value, JsonSerializerOptions options)
    {
        if (value.Factors.IsEmpty)
        {
            JsonSerializer.Serialize(writer, value.Weighting, options);
        }
        else
        {
            JsonSerializer.Serialize(writer, value.Factors, options);
        }
    }
}
