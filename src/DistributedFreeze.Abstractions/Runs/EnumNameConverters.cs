using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Runs;

/// <summary>Makes a converter for every enumeration of <see cref="RunEnums"/>.</summary>
internal sealed class EnumNameConverters(Func<EnumNames, JsonConverter> converter) : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => RunEnums.Of(typeToConvert) is not null;

    public override JsonConverter? CreateConverter(Type typeToConvert, JsonSerializerOptions options) => converter(RunEnums.Of(typeToConvert)!);
}
