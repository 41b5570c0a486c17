namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>The stores that are compared.</summary>
internal static class Engines
{
    public const string Ours = "ours";

    /// <summary>Others', by name.</summary>
    public static IReadOnlyList<string> Rivals { get; } = ["LMDB", "SQLite"];

    public static IEnumerable<string> All => Rivals.Prepend(Ours);

    /// <summary>Opens a store, and makes it if need be.</summary>
    /// <param name="name">Which.</param>
    /// <param name="folder">Its folder, which must be there.</param>
    /// <param name="elements">Numbers of a record.</param>
    public static IRecordStore Open(string name, string folder, int elements) => name switch
    {
        Ours => new OurRecords(folder, elements),
        "LMDB" => new LmdbRecords(folder, elements),
        "SQLite" => new SqliteRecords(folder, elements),
        _ => throw new ArgumentException($"There is no store {name}.", nameof(name)),
    };
}
