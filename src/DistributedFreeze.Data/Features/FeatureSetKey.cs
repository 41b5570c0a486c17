using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Data.Features;

/// <summary>Everything that the features of one set depend on besides the image, and the hash of it all.</summary>
/// <remarks>
/// <para>
/// The hash is the SHA-256 over the parts in ordinal order of their names, each as: the number of bytes of the name in UTF-8 (int32,
/// little-endian), those bytes, the number of bytes of the value, those bytes. No two lists of parts have one encoding.
/// </para>
/// <para>Immutable. Two keys are equal where their hashes are.</para>
/// </remarks>
public sealed record FeatureSetKey
{
    private FeatureSetKey(ImmutableSortedDictionary<string, string> parts, string sha256) => (Parts, Sha256) = (parts, sha256);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>The named parts, in ordinal order of their names.</summary>
    public ImmutableSortedDictionary<string, string> Parts { get; }

    /// <summary>Makes a key.</summary>
    /// <param name="parts">Names and values in any order, such as <c>boundary</c> and <c>conv4_block6_out</c>; at least one.</param>
    /// <exception cref="ArgumentException">There is no part, two have one name, or a name is empty.</exception>
    public static FeatureSetKey Of(IEnumerable<KeyValuePair<string, string>> parts)
    {
        var sorted = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parts)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(parts));
            if (!sorted.TryAdd(name, value))
            {
                throw new ArgumentException($"The part {name} is given twice.", nameof(parts));
            }
        }

        if (sorted.Count == 0)
        {
            throw new ArgumentException("A key needs at least one part.", nameof(parts));
        }

        using var encoded = new MemoryStream();
        using var writer = new BinaryWriter(encoded);
        foreach (var text in sorted.SelectMany(part => (string[])[part.Key, part.Value]).Select(Encoding.UTF8.GetBytes))
        {
            writer.Write(text.Length);
            writer.Write(text);
        }

        return new(sorted.ToImmutable(), Convert.ToHexStringLower(SHA256.HashData(encoded.ToArray())));
    }

    /// <summary>Compares hashes.</summary>
    public bool Equals(FeatureSetKey? other) => other is not null && Sha256 == other.Sha256;

    /// <inheritdoc/>
    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);

    /// <returns>The hash.</returns>
    public override string ToString() => Sha256;
}
