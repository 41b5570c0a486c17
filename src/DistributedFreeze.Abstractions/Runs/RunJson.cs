using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace DistributedFreeze.Runs;

/// <summary>How specs, progress and receipts are written as JSON: fields of a run as a run file names them, in camel case (<see cref="SpecJson"/>), values of enumerations by the names of <see cref="RunEnums"/>.</summary>
public static class RunJson
{
    /// <summary>Indented, for files that a person opens.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>On one line.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>On one line, with all but plain ASCII escaped: what checkpoints hold.</summary>
    public static JsonSerializerOptions Stored { get; } = Create(indented: false, encoder: null);

    /// <summary>Leaves letters of every script, plus signs and apostrophes as they are.</summary>
    /// <remarks>For documents and lines that are nothing but JSON; within HTML, <c>&lt;</c> and <c>&amp;</c> would have to be escaped.</remarks>
    public static JavaScriptEncoder Readable => JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static JsonSerializerOptions Create(bool indented) => Create(indented, Readable);

    private static JsonSerializerOptions Create(bool indented, JavaScriptEncoder? encoder) => new(JsonSerializerDefaults.Web)
    {
        Encoder = encoder,
        WriteIndented = indented,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(SpecJson.Shape),
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new EnumNameConverters(names => names.Json), new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
