using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Silo.Http;

/// <summary>The keys that let callers in.</summary>
/// <remarks>Hashes are compared, all of them and each in constant time: how long it takes says nothing of a key. Thread-safe.</remarks>
internal sealed class ApiKeys(IEnumerable<string> keys)
{
    private readonly ImmutableArray<byte[]> _hashes = [.. keys.Select(Hash)];

    /// <summary>Number of the key, from 0; null for one that is none.</summary>
    public int? Find(string presented)
    {
        var hash = Hash(presented);
        int? found = null;
        for (var i = 0; i < _hashes.Length; i++)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, _hashes[i]) ? i : found;
        }

        return found;
    }

    /// <summary>What a request presents as a key; null for nothing.</summary>
    /// <remarks>A browser that opens the dashboard asks for a name and a password, which is the key; the name may be any.</remarks>
    public static string? PresentedBy(HttpRequest request)
    {
        if (request.Headers["X-Api-Key"] is [{ Length: > 0 } key])
        {
            return key;
        }

        return request.Headers.Authorization is not [{ } credentials] ? null
            : After("Bearer ", credentials) is { } bearer ? bearer
            : After("Basic ", credentials) is { } basic ? Password(basic)
            : null;
    }

    private static string? After(string scheme, string credentials) =>
        credentials.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? credentials[scheme.Length..].Trim() : null;

    private static string? Password(string basic)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? pair[(colon + 1)..] : null;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
