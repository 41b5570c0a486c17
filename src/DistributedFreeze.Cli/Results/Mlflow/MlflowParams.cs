using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>A run's fields as MLflow's parameters: <c>phases.0.optimizer.kind</c>.</summary>
internal static class MlflowParams
{
    /// <summary>Bytes of a value that every version and store of MLflow takes; a longer one is cut.</summary>
    public const int LongestValue = 500;

    /// <param name="spec">The run.</param>
    /// <returns>Names, in letters, digits, <c>_</c> and <c>.</c>, and values; fields without a value are left out.</returns>
    public static ImmutableArray<(string Key, string Value)> Of(RunSpec spec)
    {
        var all = ImmutableArray.CreateBuilder<(string, string)>();
        Add(all, "", JsonSerializer.SerializeToNode(spec, RunJson.Compact));
        return all.ToImmutable();
    }

    private static void Add(ImmutableArray<(string, string)>.Builder all, string key, JsonNode? node)
    {
        switch (node)
        {
            case null or JsonArray { Count: 0 } or JsonObject { Count: 0 }:
                break;
            case JsonObject fields when fields.All(field => field.Key.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')):
                foreach (var (name, value) in fields)
                {
                    Add(all, key.Length == 0 ? name : $"{key}.{name}", value);
                }

                break;
            case JsonArray items when items.All(item => item is JsonObject):
                for (var index = 0; index < items.Count; index++)
                {
                    Add(all, $"{key}.{index}", items[index]);
                }

                break;
            default:
                all.Add((key, Cut(node is JsonValue ? node.ToString() : node.ToJsonString(RunJson.Compact))));
                break;
        }
    }

    private static string Cut(string value)
    {
        if (Encoding.UTF8.GetByteCount(value) <= LongestValue)
        {
            return value;
        }

        var kept = new StringBuilder();
        var bytes = 3; // of the dots
        foreach (var rune in value.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > LongestValue)
            {
                break;
            }

            kept.Append(rune);
        }

        return $"{kept}...";
    }
}
