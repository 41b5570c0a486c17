using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;

namespace DistributedFreeze.Silo.Http;

/// <summary>Asks callers who they are, where the settings say so: by a key, or by an issuer's token.</summary>
internal static class ApiAccess
{
    private const string Either = "Either";

    public static void AddApiAccess(this IServiceCollection services, ApiOptions options)
    {
        services.AddSingleton(new ApiKeys(options.Keys));
        services.AddAuthorization();
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
                token.RequireHttpsMetadata = !new Uri(authority).IsLoopback;
            });
        }
    }

    /// <summary>Lets only those in whom the settings let in.</summary>
    public static TBuilder AskWho<TBuilder>(this TBuilder endpoints, ApiOptions options)
        where TBuilder : IEndpointConventionBuilder =>
        options.AsksWho ? endpoints.RequireAuthorization() : endpoints;

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
