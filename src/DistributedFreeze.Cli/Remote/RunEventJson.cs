using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary>An event for programs: its fields, and its kind under <c>event</c>.</summary>
internal static class RunEventJson
{
    public static string Of(RunEvent happened)
    {
        var fields = JsonSerializer.SerializeToNode(happened, happened.GetType(), RunJson.Compact)!.AsObject();
        fields.Insert(0, "event", JsonNamingPolicy.KebabCaseLower.ConvertName(happened.GetType().Name));
        return fields.ToJsonString(RunJson.Compact);
    }
}
