namespace DistributedFreeze.Silo.Http;

/// <summary>Refuses what a page of another site makes a browser send: a browser reaches loopback, and adds passwords that it remembers.</summary>
internal static class CrossOriginGuard
{
    private static readonly string[] GuardedPaths = ["/api", "/dashboard", "/metrics"];

    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Refuses it before anything else looks at a request.</summary>
    /// <param name="app">The silo.</param>
    /// <param name="options">Names the sites that may ask.</param>
    /// <param name="wantsOurNames">Whether requests must name this machine.</param>
    public static void RefuseCrossOrigin(this IApplicationBuilder app, ApiOptions options, bool wantsOurNames) => app.Use(next => context =>
    {
        var request = context.Request;
        if (request.Headers.Origin is [{ } origin] && !IsOurs(origin, request) && !CrossOriginAccess.Allows(origin, request, options))
        {
            return Refuse(context, "Pages of other sites may not ask this silo.");
        }

        // A name that someone points at 127.0.0.1 makes a foreign page look like one of ours; where keys are asked for it does not know one.
        var isGuarded = GuardedPaths.Any(path => request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
        return !wantsOurNames || !isGuarded || LoopbackNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase)
            ? next(context)
            : Refuse(context, $"This silo answers to localhost only, not to {request.Host.Host}, since it asks nobody who they are.");
    });

    private static bool IsOurs(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && Uri.TryCreate($"{page.Scheme}://{request.Host}", UriKind.Absolute, out var ours)
        && page.Authority == ours.Authority;

    private static Task Refuse(HttpContext context, string why) =>
        Results.Problem(why, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
}
