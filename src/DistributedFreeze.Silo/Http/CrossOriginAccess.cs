namespace DistributedFreeze.Silo.Http;

/// <summary>Lets pages of the sites that the settings name use the API from a browser (CORS).</summary>
/// <remarks>Browsers are told to add nothing that they remember: a page shows its own key or token.</remarks>
internal static class CrossOriginAccess
{
    private static readonly string[] Asked = ["Content-Type", "Authorization", ApiKeys.Header, IdempotencyKey.Header, "Last-Event-ID", "Range", "If-None-Match", "traceparent", "tracestate"];

    private static readonly string[] Told = ["Location", "Retry-After", "ETag", "Repr-Digest", "Content-Range", "Content-Disposition"];

    public static void AddCrossOrigin(this IServiceCollection services, ApiOptions options) => services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
        .WithOrigins(options.CorsOrigins).WithMethods(HttpMethods.Get, HttpMethods.Head, HttpMethods.Post, HttpMethods.Delete)
        .WithHeaders(Asked).WithExposedHeaders(Told).SetPreflightMaxAge(TimeSpan.FromMinutes(10))));

    public static void AllowCrossOrigin(this IApplicationBuilder app, ApiOptions options)
    {
        if (options.CorsOrigins.Length > 0)
        {
            app.UseWhen(context => IsOpen(context.Request), api => api.UseCors());
        }
    }

    /// <summary>Whether a page of this origin may ask for this.</summary>
    public static bool Allows(string origin, HttpRequest request, ApiOptions options) =>
        IsOpen(request) && options.CorsOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>What is wrong with an origin of the settings; null for nothing.</summary>
    public static string? Problem(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var site)
        && (site.Scheme == Uri.UriSchemeHttps || site.Scheme == Uri.UriSchemeHttp)
        && string.Equals(site.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"must be a scheme, a host and perhaps a port, such as https://dashboard.example.org, got '{origin}'";

    private static bool IsOpen(HttpRequest request) => request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);
}
