using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DistributedFreeze.TestKit.Silos;

/// <summary>An OpenID Connect issuer of a test's own, on loopback.</summary>
public sealed class TokenIssuer : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly RSA _key = RSA.Create(2048);

    private TokenIssuer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _web = builder.Build();
        _web.Urls.Add("http://127.0.0.1:0");
        _web.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = Url, jwks_uri = $"{Url}/keys" }));
        _web.MapGet("/keys", () =>
        {
            var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new(_key.ExportParameters(includePrivateParameters: false)) { KeyId = "one" });
            return Results.Json(new { keys = new[] { new { kty = key.Kty, use = "sig", kid = key.Kid, e = key.E, n = key.N, alg = "RS256" } } });
        });
    }

    public string Url => _web.Urls.First();

    public static async Task<TokenIssuer> StartAsync()
    {
        var issuer = new TokenIssuer();
        await issuer._web.StartAsync(TestContext.Current.CancellationToken);
        return issuer;
    }

    /// <param name="audience">Whom the token is meant for.</param>
    /// <param name="validForMinutes">How long it is valid; a negative number makes one that has expired.</param>
    /// <param name="subject">Whose it is; null says of nobody that it is theirs.</param>
    /// <param name="roles">Roles that it claims.</param>
    public string Issue(string audience, int validForMinutes = 5, string? subject = "someone", string[]? roles = null)
    {
        var claims = new Dictionary<string, object>();
        if (subject is not null)
        {
            claims["sub"] = subject;
        }

        if (roles is { Length: > 0 })
        {
            claims["roles"] = roles;
        }

        var expires = DateTime.UtcNow.AddMinutes(validForMinutes);
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Url,
            Audience = audience,
            NotBefore = expires.AddHours(-1),
            IssuedAt = expires.AddHours(-1),
            Expires = expires,
            Claims = claims,
            SigningCredentials = new(new RsaSecurityKey(_key) { KeyId = "one" }, SecurityAlgorithms.RsaSha256),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _key.Dispose();
    }
}
