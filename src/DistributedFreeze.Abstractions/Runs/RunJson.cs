using System.Text.Json;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>How specs, progress and receipts are written as JSON: camel case, enumerations as words.</summary>
public static class RunJson
{
    /// <summary>Indented, for files that a person opens.</summary>
    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    /// <summary>On one line.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = indented,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
