namespace DistributedFreeze.Fields;

/// <summary>What a value of an enumeration is called in run files, options, JSON, models and messages alike.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Name">Its name, in lower case with hyphens, such as <c>balanced-accuracy</c>.</param>
public sealed record EnumName<T>(T Value, string Name)
    where T : struct, Enum
{
    /// <summary>A name that was written in its place before, and is still read; null where there was none.</summary>
    public string? Former { get; init; }

    /// <summary>Its name in keys of runs, which never changes: a checkpoint whose run has another key cannot be gone on from.</summary>
    public string InKeys { get; init; } = Name;
}
