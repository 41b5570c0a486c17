using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>The file <c>set.json</c>: what a set's folder holds, for people and for whoever makes room; its time is the set's last use.</summary>
/// <remarks>No features are read by it: each segment says itself what it holds.</remarks>
internal sealed record SetDescription(string Format, string Key, int Elements, FeatureType Type, ImmutableSortedDictionary<string, string> Parts)
{
    public const string FileName = "set.json";
    public const string CurrentFormat = "dfreeze-features-1";

    /// <summary>Reads the description of a folder.</summary>
    /// <returns>Null where there is none, or none of ours.</returns>
    public static SetDescription? Read(SetFolder set)
    {
        try
        {
            var description = JsonSerializer.Deserialize<SetDescription>(File.ReadAllBytes(set.Description), RunJson.Indented);
            return description is { Format: CurrentFormat, Elements: > 0, Parts: not null } && description.Key == set.Key ? description : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public void Write(SetFolder set) =>
        AtomicFile.Write(set.Description, stream => JsonSerializer.Serialize(stream, this, RunJson.Indented));
}
