using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using DistributedFreeze.Cli.Results.Curves;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>Calls of <c>runs/log-batch</c>, each within the documented limits.</summary>
internal static class MlflowBatch
{
    /// <summary>Most metrics, parameters and tags of a call, in all.</summary>
    public const int MostItems = 1000;

    /// <summary>Most parameters of a call.</summary>
    public const int MostParams = 100;

    /// <summary>Points, and how far the run has them from then on.</summary>
    /// <param name="runId">The run's id at the server.</param>
    /// <param name="points">At most <see cref="MostItems"/> less the tags.</param>
    /// <param name="lastEvent">Number of the last event that they come from.</param>
    /// <param name="tags">Other tags.</param>
    public static JsonObject Points(string runId, IEnumerable<Scalar> points, long lastEvent, params ReadOnlySpan<(string Key, string Value)> tags)
    {
        var metrics = new JsonArray();
        foreach (var point in points)
        {
            metrics.Add(new JsonObject
            {
                ["key"] = point.Tag,
                ["value"] = double.IsFinite(point.Value) ? point.Value : point.Value.ToString(CultureInfo.InvariantCulture), // NaN and Infinity, as protobuf has them
                ["timestamp"] = point.At.ToUnixTimeMilliseconds(),
                ["step"] = point.Step,
            });
        }

        var pairs = new JsonArray(MlflowRun.Pair(MlflowRun.LastEventTag, lastEvent.ToString(CultureInfo.InvariantCulture)));
        foreach (var (key, value) in tags)
        {
            pairs.Add(MlflowRun.Pair(key, value));
        }

        return new() { ["run_id"] = runId, ["metrics"] = metrics, ["tags"] = pairs };
    }

    /// <summary>All parameters, in as many calls as that takes; the last one says that no event has been handed over.</summary>
    /// <param name="runId">The run's id at the server.</param>
    /// <param name="parameters">Names and values.</param>
    public static IEnumerable<JsonObject> Params(string runId, ImmutableArray<(string Key, string Value)> parameters)
    {
        var calls = parameters.Chunk(MostParams).ToList();
        for (var index = 0; index < calls.Count; index++)
        {
            JsonNode[] pairs = [.. calls[index].Select(parameter => MlflowRun.Pair(parameter.Key, parameter.Value))];
            var call = new JsonObject { ["run_id"] = runId, ["params"] = new JsonArray(pairs) };
            if (index == calls.Count - 1)
            {
                call["tags"] = new JsonArray(MlflowRun.Pair(MlflowRun.LastEventTag, "0"));
            }

            yield return call;
        }
    }
}
