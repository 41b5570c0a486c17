using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Features;

/// <summary>A set in a cache folder.</summary>
/// <param name="Key">Its hash, 64 lower-case hexadecimal digits.</param>
/// <param name="Folder">Full path.</param>
/// <param name="Parts">What its features depend on.</param>
/// <param name="Elements">Numbers per image.</param>
/// <param name="Type">Their type.</param>
/// <param name="Images">Images of which there are features, as far as their checksums were looked at.</param>
/// <param name="Bytes">Bytes that it takes on disk.</param>
/// <param name="LastUse">When it was last opened or closed.</param>
public sealed record StoredSet(
    string Key,
    string Folder,
    ImmutableSortedDictionary<string, string> Parts,
    int Elements,
    FeatureType Type,
    int Images,
    long Bytes,
    DateTimeOffset LastUse);
