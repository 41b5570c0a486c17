namespace DistributedFreeze.Silo.Http;

/// <summary>Refuses what a page of another site makes a browser send: a browser reaches loopback, and adds passwords that it remembers.</summary>
internal static class ForeignPages
{
    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    public static void RefuseForeignPages(this IApplicationBuilder app, ApiOptions options) => app.Use(next => context =>
    {
        var request = context.Request;
        if (request.Headers.Origin is [{ } origin] && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Authority == new Uri($"{request.Scheme}://{request.Host}").Authority))
        {
            return Refuse(context, "Pages of other sites may not ask this silo.");
        }

        // A name that someone points at 127.0.0.1 makes a foreign page look like one of ours; with keys it does not know one.
        return options.AsksWho || !request.Path.StartsWithSegments("/api") || LoopbackNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase)
            ? next(context)
            : Refuse(context, $"This silo answers to localhost only, not to {request.Host.Host}, since it asks nobody who they are.");
    });

    private static Task Refuse(HttpContext context, string why) =>
        Results.Problem(why, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
}
