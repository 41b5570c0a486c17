using System.ComponentModel.DataAnnotations;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>Who may use the API under <c>/api/v1</c>, and how much of it.</summary>
public sealed record ApiOptions
{
    /// <summary>The shortest key, in characters.</summary>
    internal const int ShortestKey = 20;

    /// <summary>Whether there is an API. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Secrets of at least 20 characters, each of which lets its holder in: <c>X-Api-Key</c> or <c>Authorization: Bearer</c>. Their holders have no name but a part of the key's hash.</summary>
    public string[] Keys { get; init; } = [];

    /// <summary>Callers with a name, a key, a role and folders of their own, by name; the name is the owner of what they submit.</summary>
    public Dictionary<string, CallerOptions> Callers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How much each caller may have at a time, by their names or roles; the first that fits a caller counts. Default: as much as there is.</summary>
    public QuotaOptions[] Quotas { get; init; } = [];

    /// <summary>Role of whoever has none: of <see cref="Keys"/>, and of tokens whose <see cref="RoleClaim"/> names none. Default: submitter.</summary>
    public CallerRoles DefaultRole { get; init; } = CallerRoles.Submitter;

    /// <summary>Claim of a token that has its roles: viewer, submitter, admin. Default: roles.</summary>
    [Required]
    public string RoleClaim { get; init; } = "roles";

    /// <summary>Claim of a token that has its folders below the data and output roots; a token without it may then submit nothing. Null binds no token to folders.</summary>
    public string? FolderClaim { get; init; }

    /// <summary>URL of an OpenID Connect issuer whose tokens are taken, https except on loopback; null takes none.</summary>
    public string? Authority { get; init; }

    /// <summary>What the issuer's tokens must be meant for; needed by <see cref="Authority"/>.</summary>
    public string? Audience { get; init; }

    /// <summary>Origins of sites whose pages may use the API from a browser (CORS), such as https://dashboard.example.org. Default: none.</summary>
    public string[] CorsOrigins { get; init; } = [];

    /// <summary>The longest request, in bytes, 1,024 to 67,108,864. Default: 1 MiB.</summary>
    [Range(1_024, 67_108_864)]
    public int LongestRequest { get; init; } = 1 << 20;

    /// <summary>Requests that one caller may make in a minute, 1 to 1,000,000. Default: 1,200.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerMinute { get; init; } = 1_200;

    /// <summary>Requests that are answered at a time, event streams aside, 1 to 10,000. Default: 64.</summary>
    [Range(1, 10_000)]
    public int ConcurrentRequests { get; init; } = 64;

    /// <summary>Event streams that are open at a time, 1 to 100,000. Default: 256.</summary>
    [Range(1, 100_000)]
    public int EventStreams { get; init; } = 256;

    /// <summary>Requests of one caller that are answered at a time; null takes a quarter of <see cref="ConcurrentRequests"/>, or all where nobody is asked who they are.</summary>
    [Range(1, 10_000)]
    public int? ConcurrentRequestsPerCaller { get; init; }

    /// <summary>Event streams of one caller that are open at a time; null takes a quarter of <see cref="EventStreams"/>, or all where nobody is asked who they are.</summary>
    [Range(1, 100_000)]
    public int? EventStreamsPerCaller { get; init; }

    /// <summary>What a caller has of all, where the settings don't say so.</summary>
    internal int ShareOf(int all) => AsksWho ? Math.Max(1, all / 4) : all;

    /// <summary>Whether callers are asked who they are.</summary>
    internal bool AsksWho => Keys.Length > 0 || Callers.Count > 0 || Authority is not null;

    /// <summary>What no single setting's range can say.</summary>
    internal IEnumerable<string> Problems(string section)
    {
        for (var i = 0; i < Keys.Length; i++)
        {
            if (Keys[i].Length < ShortestKey)
            {
                yield return $"{section}:Keys:{i} must have at least {ShortestKey} characters, got {Keys[i].Length}";
            }
        }

        foreach (var problem in Callers.SelectMany(caller => caller.Value.Problems($"{section}:Callers:{caller.Key}", caller.Key, ShortestKey)))
        {
            yield return problem;
        }

        if (Keys.Concat(Callers.Values.SelectMany(caller => caller.Keys)).GroupBy(key => key, StringComparer.Ordinal).Any(same => same.Count() > 1))
        {
            yield return $"{section}:Keys and {section}:Callers must have a key of its own for each caller, and two are the same";
        }

        foreach (var problem in Quotas.Index().SelectMany(quota => quota.Item.Problems($"{section}:Quotas:{quota.Index}")))
        {
            yield return problem;
        }

        var names = Callers.Keys.Concat(Keys.Select(ApiKeys.NameOf)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (i, quota) in Quotas.Index().Where(quota => AsksWho && Authority is null && quota.Item.Caller is { Length: > 0 } name && !names.Contains(name)))
        {
            yield return $"{section}:Quotas:{i}:Caller must be a name in {section}:Callers, got '{quota.Caller}'";
        }

        if (Quotas.Length > 0 && !AsksWho)
        {
            yield return $"{section}:Quotas need callers who say who they are: {section}:Callers, {section}:Keys or {section}:Authority";
        }

        foreach (var (i, origin) in CorsOrigins.Index())
        {
            if (CrossOriginAccess.Problem(origin) is { } problem)
            {
                yield return $"{section}:CorsOrigins:{i} {problem}";
            }
        }

        if ((Authority is null) != string.IsNullOrEmpty(Audience))
        {
            yield return $"{section}:Authority and {section}:Audience go together: the issuer, and what its tokens must be meant for";
        }

        if (Authority is not null && !(Uri.TryCreate(Authority, UriKind.Absolute, out var issuer)
            && (issuer.Scheme == Uri.UriSchemeHttps || (issuer.Scheme == Uri.UriSchemeHttp && issuer.IsLoopback))))
        {
            yield return $"{section}:Authority must be an https URL, or http on loopback, got '{Authority}'";
        }
    }
}
