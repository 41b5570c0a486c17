using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Silo.Http;

/// <summary>JSON of the API: as <see cref="RunJson"/> writes it, and strict where it is read.</summary>
internal static class ApiJson
{
    private static JsonSerializerOptions Strict { get; } = CreateStrict();

    /// <summary>Reads a run's specification.</summary>
    /// <exception cref="InvalidInputException">It is no JSON, or a field is unknown, missing, given twice or of the wrong type.</exception>
    public static RunSpec ReadSpec(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            SpecJsonCheck.EnsureFits(document.RootElement, typeof(RunSpec), Strict);
            return document.Deserialize<RunSpec>(Strict)!;
        }
        catch (InvalidOperationException wrong)
        {
            throw new InvalidInputException("body", $"is not valid JSON: {wrong.Message.TrimEnd('.')}"); // half a surrogate pair
        }
        catch (JsonException wrong)
        {
            var cut = wrong.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
            var place = string.Create(CultureInfo.InvariantCulture, $"line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}");
            throw new InvalidInputException("body", $"is not valid JSON: {(cut < 0 ? wrong.Message : wrong.Message[..cut]).TrimEnd('.')} ({place})");
        }
    }

    private static JsonSerializerOptions CreateStrict()
    {
        var options = new JsonSerializerOptions(RunJson.Compact)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowOutOfOrderMetadataProperties = true,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>What kind of event it is, such as <c>epoch-done</c>.</summary>
    public static string KindOf(RunEvent happened) => KindOf(happened.GetType());

    /// <summary>What events of a type are, such as <c>epoch-done</c>.</summary>
    public static string KindOf(Type happened) => JsonNamingPolicy.KebabCaseLower.ConvertName(happened.Name);

    /// <summary>An event, its kind first.</summary>
    public static string Of(RunEvent happened)
    {
        happened = FieldNames.OfJson.In(happened);
        var fields = JsonSerializer.SerializeToNode(happened, happened.GetType(), RunJson.Compact)!.AsObject();
        fields.Insert(0, "event", KindOf(happened));
        return fields.ToJsonString(RunJson.Compact);
    }
}
