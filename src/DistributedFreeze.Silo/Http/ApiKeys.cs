using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>The keys that let callers in, and whose they are.</summary>
/// <remarks>Hashes are compared, all of them and each in constant time: how long it takes says nothing of a key. Thread-safe.</remarks>
internal sealed class ApiKeys
{
    /// <summary>The header that has a key.</summary>
    public const string Header = "X-Api-Key";

    private const int NameBytes = 4;

    private readonly ImmutableArray<(byte[] Hash, Caller Caller)> _keys;

    public ApiKeys(ApiOptions options) => _keys =
    [
        .. options.Keys.Select(key => (Hash(key), new Caller(options.DefaultRole, new() { Name = NameOf(key) }))),
        .. options.Callers.SelectMany(caller => caller.Value.Keys.Select(key => (Hash(key), Of(caller.Key, caller.Value, options)))),
    ];

    /// <summary>Whose a key is; null for one that is none.</summary>
    public Caller? Find(string presented)
    {
        var hash = Hash(presented);
        Caller? found = null;
        foreach (var key in _keys)
        {
            found = CryptographicOperations.FixedTimeEquals(hash, key.Hash) ? key.Caller : found;
        }

        return found;
    }

    /// <summary>What a request presents as a key; null for nothing.</summary>
    /// <remarks>A browser that opens the dashboard asks for a name and a password, which is the key; the name may be any.</remarks>
    public static string? PresentedBy(HttpRequest request)
    {
        if (request.Headers[Header] is [{ Length: > 0 } key])
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

    private static Caller Of(string name, CallerOptions caller, ApiOptions options) => new(
        caller.Role ?? options.DefaultRole,
        new() { Name = name, DataFolders = [.. caller.DataFolders], OutputFolders = [.. caller.OutputFolders] });

    /// <summary>A name for a key without one: wherever the key stands among others it is the same, and no caller can be called so.</summary>
    internal static string NameOf(string key) => $"key {Convert.ToHexStringLower(Hash($"name of {key}")[..NameBytes])}";

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
