using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>What people sort runs by, such as <c>team: vision</c>; in JSON an object of texts.</summary>
/// <remarks>Immutable and thread-safe. In ordinal order of the names, so that two that say the same are equal and are written alike.</remarks>
/// <example>
/// <code><![CDATA[
/// using DistributedFreeze.Runs;
///
/// var labels = RunLabels.Of(new() { ["team"] = "vision", ["stage"] = "trial" });
/// ]]></code>
/// </example>
[GenerateSerializer, Immutable, Alias("df.run-labels"), JsonConverter(typeof(RunLabelsJson))]
public sealed record RunLabels
{
    /// <summary>Labels that a run has at most.</summary>
    public const int Most = 16;

    /// <summary>What a name matches, as a regular expression.</summary>
    public const string NamePattern = "^[a-z][a-z0-9_-]{0,62}$";

    /// <summary>What a value matches, as a regular expression.</summary>
    public const string ValuePattern = "^[A-Za-z0-9._:/@+-]{1,63}$";

    /// <summary>None.</summary>
    public static RunLabels None { get; } = new();

    /// <summary>The labels, in ordinal order of their names.</summary>
    [Id(0)] public ImmutableArray<RunLabel> All { get; private init; } = [];

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => All.IsDefaultOrEmpty;

    /// <summary>Takes labels over.</summary>
    /// <param name="labels">The values by name.</param>
    public static RunLabels Of(Dictionary<string, string> labels) =>
        new() { All = [.. labels.Select(pair => new RunLabel(pair.Key, pair.Value)).OrderBy(label => label.Name, StringComparer.Ordinal)] };

    /// <summary>The value of a label.</summary>
    /// <param name="name">Its name, letter by letter.</param>
    /// <returns>Null where there is none of that name.</returns>
    public string? Find(string name) => IsEmpty ? null : All.FirstOrDefault(label => label.Name == name)?.Value;

    /// <summary>Whether both have the same values under the same names.</summary>
    public bool Equals(RunLabels? other) => other is not null && (IsEmpty ? other.IsEmpty : !other.IsEmpty && All.SequenceEqual(other.All));

    /// <inheritdoc/>
    public override int GetHashCode() => IsEmpty ? 0 : All.Aggregate(0, HashCode.Combine);
}

/// <summary>A label of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
[GenerateSerializer, Immutable, Alias("df.run-label")]
public sealed record RunLabel([property: Id(0)] string Name, [property: Id(1)] string Value);
