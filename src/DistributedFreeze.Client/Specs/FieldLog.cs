using System.Collections.Immutable;

namespace DistributedFreeze.Client.Specs;

/// <summary>What a reader asks for: the fields that a run file may have. Not thread-safe.</summary>
internal sealed class FieldLog
{
    private readonly Dictionary<string, (FieldType Type, ImmutableArray<string> Words)> _fields = new(StringComparer.Ordinal);

    /// <summary>Types and words by path, with the numbers of list items.</summary>
    public IReadOnlyDictionary<string, (FieldType Type, ImmutableArray<string> Words)> Fields => _fields;

    public void Add(string path, FieldType type, ImmutableArray<string> words) => _fields[path] = (type, words.IsDefault ? [] : words);
}
