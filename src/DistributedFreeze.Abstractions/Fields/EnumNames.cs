using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace DistributedFreeze.Fields;

/// <summary>The names of all values of an enumeration. Immutable and thread-safe.</summary>
public abstract class EnumNames
{
    private protected EnumNames()
    {
    }

    /// <summary>The enumeration.</summary>
    public abstract Type Type { get; }

    /// <summary>The names, in the order in which they are told to people.</summary>
    public abstract ImmutableArray<string> All { get; }

    /// <summary>The names in keys of runs, in the same order.</summary>
    public abstract ImmutableArray<string> InKeys { get; }

    /// <summary>Reads and writes values as JSON.</summary>
    internal abstract JsonConverter Json { get; }

    /// <summary>Writes values into keys of runs.</summary>
    internal abstract JsonConverter Keys { get; }

    /// <summary>Whether a text is the name of a value, or was one before.</summary>
    /// <param name="name">The text, in upper or lower case.</param>
    public abstract bool Has(string name);
}

/// <summary>The names of all values of an enumeration. Immutable and thread-safe.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class EnumNames<T> : EnumNames
    where T : struct, Enum
{
    /// <summary>Takes the names over.</summary>
    /// <param name="rows">One for each value.</param>
    public EnumNames(params ImmutableArray<EnumName<T>> rows)
    {
        Rows = rows;
        All = [.. rows.Select(row => row.Name)];
        InKeys = [.. rows.Select(row => row.InKeys)];
        Json = new EnumNameJson<T>(this, row => row.Name);
        Keys = new EnumNameJson<T>(this, row => row.InKeys);
    }

    /// <inheritdoc/>
    public override Type Type => typeof(T);

    /// <inheritdoc/>
    public override ImmutableArray<string> All { get; }

    /// <inheritdoc/>
    public override ImmutableArray<string> InKeys { get; }

    /// <summary>Values and names.</summary>
    public ImmutableArray<EnumName<T>> Rows { get; }

    internal override JsonConverter Json { get; }

    internal override JsonConverter Keys { get; }

    /// <inheritdoc/>
    public override bool Has(string name) => Find(name) is not null;

    /// <summary>The value of a name.</summary>
    /// <param name="name">A name, also one that was written before, in upper or lower case.</param>
    /// <returns>The value; null where there is none of this name.</returns>
    public T? Find(string name) => Rows.FirstOrDefault(row => Same(row.Name, name) || (row.Former is { } former && Same(former, name)))?.Value;

    /// <summary>The name of a value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The enumeration has no such value.</exception>
    public string Of(T value) => RowOf(value)?.Name ?? throw new ArgumentOutOfRangeException(nameof(value), value, $"There is no such {typeof(T).Name}.");

    /// <returns>The row of a value; null where the enumeration has no such value.</returns>
    internal EnumName<T>? RowOf(T value) => Rows.FirstOrDefault(row => EqualityComparer<T>.Default.Equals(row.Value, value));

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
