using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>What JSON's <c>unfreeze</c> says: that none of the base trains, or all of it.</summary>
/// <param name="IsAll">Whether all of it trains.</param>
[JsonConverter(typeof(UnfreezeJson))]
public readonly record struct UnfreezeValue(bool IsAll)
{
    /// <summary>The name of <see cref="Freezing.FreezePolicy.None"/>.</summary>
    public const string None = "none";

    /// <summary>The name of <see cref="Freezing.FreezePolicy.All"/>.</summary>
    public const string All = "all";

    /// <summary>Both names.</summary>
    public static ImmutableArray<string> Names { get; } = [None, All];

    /// <summary>Whether a text is one of the names.</summary>
    /// <param name="text">A text, in upper or lower case.</param>
    public static bool IsName(string text) => Names.Contains(text, StringComparer.OrdinalIgnoreCase);
}

/// <summary>One of the two names as JSON.</summary>
internal sealed class UnfreezeJson : JsonConverter<UnfreezeValue>
{
    public override UnfreezeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString()! is var name && UnfreezeValue.IsName(name)
            ? new(string.Equals(name, UnfreezeValue.All, StringComparison.OrdinalIgnoreCase))
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, UnfreezeValue value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.IsAll ? UnfreezeValue.All : UnfreezeValue.None);
}
