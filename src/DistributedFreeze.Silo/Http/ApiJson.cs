using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>JSON of the API: as <see cref="RunJson"/> writes it, and strict where it is read.</summary>
internal static class ApiJson
{
    private static readonly JsonSerializerOptions Strict = new(RunJson.Compact)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a run's specification.</summary>
    /// <exception cref="InvalidInputException">It is no JSON, or a field is unknown, missing or of the wrong type.</exception>
    public static RunSpec ReadSpec(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<RunSpec>(text, Strict) ?? throw new InvalidInputException("body", "must be a run's specification, got null");
        }
        catch (JsonException wrong)
        {
            var field = wrong.Path?.TrimStart('$').TrimStart('.');
            var cut = wrong.Message.IndexOf(" Path: ", StringComparison.Ordinal);
            throw new InvalidInputException(string.IsNullOrEmpty(field) ? "body" : field, (cut < 0 ? wrong.Message : wrong.Message[..cut]).TrimEnd('.'));
        }
        catch (NotSupportedException)
        {
            throw new InvalidInputException("phases", "must say by \"policy\" which layers train: none, all, last, from, stage or layers");
        }
    }

    /// <summary>An event, its kind first.</summary>
    public static string Of(RunEvent happened)
    {
        var fields = JsonSerializer.SerializeToNode(happened, happened.GetType(), RunJson.Compact)!.AsObject();
        fields.Insert(0, "event", JsonNamingPolicy.KebabCaseLower.ConvertName(happened.GetType().Name));
        return fields.ToJsonString(RunJson.Compact);
    }
}
