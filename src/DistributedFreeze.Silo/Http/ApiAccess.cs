using DistributedFreeze.Silo.Http.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace DistributedFreeze.Silo.Http;

/// <summary>Asks callers who they are, where the settings say so: by a key, or by an issuer's token.</summary>
internal static class ApiAccess
{
    private const string Either = "Either";
    private const string Admins = "Admins";

    public static void AddApiAccess(this IServiceCollection services, ApiOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(new ApiKeys(options));
        services.AddAuthorizationBuilder().AddPolicy(Admins, policy => policy.RequireAuthenticatedUser()
            .RequireAssertion(asked => asked.Resource is HttpContext context && Callers.Of(context).Roles.HasFlag(CallerRoles.Admin)));
        var schemes = services.AddAuthentication(Either)
            .AddPolicyScheme(Either, displayName: null, either => either.ForwardDefaultSelector = context => SchemeFor(context, options))
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Name, configureOptions: null);
        if (options.Authority is { } authority)
        {
            schemes.AddJwtBearer(token =>
            {
                token.Authority = authority;
                token.Audience = options.Audience;
                token.MapInboundClaims = false;
                token.Events = new() { OnTokenValidated = RequireSubject };
                token.RequireHttpsMetadata = !new Uri(authority).IsLoopback;
            });
        }
    }

    /// <summary>Lets only those in whom the settings let in.</summary>
    public static TBuilder AskWho<TBuilder>(this TBuilder endpoints, ApiOptions options)
        where TBuilder : IEndpointConventionBuilder =>
        options.AsksWho ? endpoints.RequireAuthorization() : endpoints;

    /// <summary>As <see cref="AskWho"/>, and of those only who may do everything.</summary>
    public static TBuilder AskForAdmin<TBuilder>(this TBuilder endpoints, ApiOptions options)
        where TBuilder : IEndpointConventionBuilder =>
        options.AsksWho ? endpoints.RequireAuthorization(Admins) : endpoints;

    /// <summary>A run needs an owner, and rights need somebody who has them.</summary>
    private static Task RequireSubject(TokenValidatedContext token)
    {
        if (!Callers.HasSubject(token.Principal))
        {
            token.Fail("The token has no subject (sub).");
        }

        return Task.CompletedTask;
    }

    private static string SchemeFor(HttpContext context, ApiOptions options)
    {
        if (options.Authority is null)
        {
            return ApiKeyHandler.Name;
        }

        var keys = context.RequestServices.GetRequiredService<ApiKeys>();
        return ApiKeys.PresentedBy(context.Request) is { } presented && keys.Find(presented) is not null
            ? ApiKeyHandler.Name
            : JwtBearerDefaults.AuthenticationScheme;
    }
}
