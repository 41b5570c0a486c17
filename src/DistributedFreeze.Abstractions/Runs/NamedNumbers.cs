using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Runs;

/// <summary>A few numbers by name, such as <c>rose: 2</c>; in JSON an object.</summary>
/// <remarks>Immutable and thread-safe. In ordinal order of the names, so that two that say the same are equal and are written alike.</remarks>
/// <example>
/// <code><![CDATA[
/// using DistributedFreeze.Runs;
///
/// var weights = NamedNumbers.Of(new() { ["rose"] = 2, ["tulip"] = 0.5 });
/// ]]></code>
/// </example>
[GenerateSerializer, Immutable, Alias("df.named-numbers"), JsonConverter(typeof(NamedNumbersJson))]
public sealed record NamedNumbers
{
    /// <summary>None.</summary>
    public static NamedNumbers None { get; } = new();

    /// <summary>The numbers, in ordinal order of their names.</summary>
    [Id(0)] public ImmutableArray<NamedNumber> All { get; private init; } = [];

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => All.IsDefaultOrEmpty;

    /// <summary>Takes numbers over.</summary>
    /// <param name="numbers">The numbers by name.</param>
    public static NamedNumbers Of(Dictionary<string, double> numbers) =>
        new() { All = [.. numbers.Select(pair => new NamedNumber(pair.Key, pair.Value)).OrderBy(number => number.Name, StringComparer.Ordinal)] };

    /// <summary>The number of a name.</summary>
    /// <param name="name">The name, letter by letter.</param>
    /// <returns>Null where there is none.</returns>
    public double? Find(string name) => IsEmpty ? null : All.FirstOrDefault(number => number.Name == name)?.Value;

    /// <summary>Whether both have the same numbers under the same names.</summary>
    public bool Equals(NamedNumbers? other) => other is not null && (IsEmpty ? other.IsEmpty : !other.IsEmpty && All.SequenceEqual(other.All));

    /// <inheritdoc/>
    public override int GetHashCode() => IsEmpty ? 0 : All.Aggregate(0, HashCode.Combine);
}

/// <summary>A number and its name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The number.</param>
[GenerateSerializer, Immutable, Alias("df.named-number")]
public sealed record NamedNumber([property: Id(0)] string Name, [property: Id(1)] double Value);
