using System.Collections.Immutable;
using System.Security.Claims;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>Who has sent a request, by its key or token.</summary>
internal static class Callers
{
    private const string SubjectClaim = "sub";
    private const string IssuerClaim = "iss";

    /// <summary>Who has sent a request.</summary>
    public static Caller Of(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<ApiOptions>();
        return !options.AsksWho ? Caller.Anyone
            : context.User.Identity is not { IsAuthenticated: true } identity ? new(CallerRoles.None, new() { Name = "a stranger" })
            : WithQuota(identity is KeyIdentity key ? key.Caller : OfToken(context.User, options), options);
    }

    private static Caller WithQuota(Caller caller, ApiOptions options) => options.Quotas.FirstOrDefault(quota => quota.IsFor(caller)) is { } own
        ? caller with { Quota = own, Owner = caller.Owner! with { Quota = own.OfRuns } }
        : caller;

    /// <summary>Whether a token says whose it is.</summary>
    internal static bool HasSubject(ClaimsPrincipal? token) => !string.IsNullOrEmpty(token?.FindFirst(SubjectClaim)?.Value);

    private static Caller OfToken(ClaimsPrincipal token, ApiOptions options)
    {
        var named = token.FindAll(options.RoleClaim).SelectMany(claim => claim.Value.Split([' ', ',']))
            .Aggregate(CallerRoles.None, (roles, word) => roles | RoleOf(word));
        ImmutableArray<string> folders = options.FolderClaim is null ? [] : [.. token.FindAll(options.FolderClaim).Select(claim => claim.Value)];
        var isBound = options.FolderClaim is null || (!folders.IsEmpty && folders.All(CallerOptions.IsFolder));
        var roles = named == CallerRoles.None ? options.DefaultRole : named;
        return new(isBound ? roles : roles & ~CallerRoles.Submitter, new()
        {
            Name = token.FindFirst(SubjectClaim)!.Value,
            Issuer = token.FindFirst(IssuerClaim)?.Value ?? options.Authority,
            DataFolders = folders,
            OutputFolders = folders,
        });
    }

    /// <summary>The role of a word that an issuer uses; an issuer has many that mean nothing here.</summary>
    private static CallerRoles RoleOf(string word) => word.ToLowerInvariant() switch
    {
        "viewer" => CallerRoles.Viewer,
        "submitter" => CallerRoles.Submitter,
        "admin" => CallerRoles.Admin,
        _ => CallerRoles.None,
    };
}
