using System.Text.Json;

namespace DistributedFreeze.Data.Archives.Parquet;

/// <summary>What Hugging Face's <c>datasets</c> says of the columns that it writes: which are images, which are classes, and what these are called.</summary>
/// <param name="Images">Names of the columns of images.</param>
/// <param name="Classes">Names of the classes that numbers in a column count, by column.</param>
internal sealed record HuggingFaceFeatures(HashSet<string> Images, Dictionary<string, List<string>> Classes)
{
    private const string Key = "huggingface";

    /// <summary>Reads it.</summary>
    /// <param name="metadata">Texts that the writer left, by key.</param>
    /// <exception cref="InvalidDataException">Names of classes are not right.</exception>
    public static HuggingFaceFeatures Of(Dictionary<string, string> metadata)
    {
        var features = new HuggingFaceFeatures(new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        if (!metadata.TryGetValue(Key, out var text))
        {
            return features;
        }

        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("info", out var info) && info.ValueKind == JsonValueKind.Object
                && info.TryGetProperty("features", out var columns) && columns.ValueKind == JsonValueKind.Object)
            {
                foreach (var column in columns.EnumerateObject().Where(column => column.Value.ValueKind == JsonValueKind.Object))
                {
                    features.Add(column.Name, column.Value);
                }
            }
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"has metadata of key '{Key}' that are no JSON");
        }

        return features;
    }

    private void Add(string column, JsonElement feature)
    {
        switch (feature.TryGetProperty("_type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null)
        {
            case "Image":
                Images.Add(column);
                break;
            case "ClassLabel":
                Classes[column] = feature.TryGetProperty("names", out var names) && names.ValueKind == JsonValueKind.Array ? Names(column, names) : [];
                break;
        }
    }

    private static List<string> Names(string column, JsonElement names)
    {
        List<string> found = [.. names.EnumerateArray().Select(name => name.ValueKind == JsonValueKind.String ? name.GetString()! : "")];
        return found.Find(name => !ArchiveContents.IsClass(name)) is { } bad ? throw new InvalidDataException($"names a class of column '{column}' '{bad}'; {ArchiveContents.RightClass}")
            : found.Distinct(StringComparer.Ordinal).Count() < found.Count ? throw new InvalidDataException($"names two classes of column '{column}' alike")
            : found;
    }
}
