namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>A dictionary of a pickle, in the order in which it was filled.</summary>
internal sealed class PickleMap
{
    private List<(object? Key, object? Value)>? _entries; // most dictionaries of a hostile file would be empty

    /// <summary>Its entries; a key that was set twice stands there twice.</summary>
    public IReadOnlyList<(object? Key, object? Value)> Entries => _entries ?? [];

    /// <summary>Sets an entry.</summary>
    public void Add(object? key, object? value) => (_entries ??= []).Add((key, value));

    /// <summary>The newest value under a word.</summary>
    public object? Find(string key) => Entries.LastOrDefault(entry => entry.Key is string word && word == key).Value;
}
