using System.Net;
using DistributedFreeze.Errors;
using DistributedFreeze.Silo.Http.Access;

namespace DistributedFreeze.Silo.Http;

/// <summary>One line in the log for every change that was asked for over HTTP, allowed or refused; in a category of its own.</summary>
internal static partial class Audit
{
    /// <summary>The category.</summary>
    public const string Category = "DistributedFreeze.Audit";

    private static readonly object SubmittedRun = new();

    /// <summary>Logs changes once they are answered. Goes around all that answers them.</summary>
    public static void AuditChanges(this IApplicationBuilder app)
    {
        var log = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(Category);
        app.Use(async (context, next) =>
        {
            // What goes wrong below takes the endpoint out of the context.
            var action = IsChange(context.Request) ? context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName : null;
            var run = context.Request.RouteValues["id"] as string;
            try
            {
                await next(context);
            }
            finally
            {
                if (action is not null)
                {
                    run = context.Items.TryGetValue(SubmittedRun, out var submitted) ? submitted as string : run;
                    Log(log, Callers.Of(context), action, run, context.Connection.RemoteIpAddress, context.Response.StatusCode);
                }
            }
        });
    }

    /// <summary>Says which run is submitted, where the path does not.</summary>
    public static void Submits(HttpContext context, string runId) => context.Items[SubmittedRun] = runId;

    private static bool IsChange(HttpRequest request) =>
        request.Path.StartsWithSegments("/api") && !request.Path.StartsWithSegments("/api/v1/plans") && !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    private static void Log(ILogger log, Caller caller, string action, string? run, IPAddress? from, int status) => LogChange(
        log,
        caller.Name,
        caller.RoleNames,
        PlainText.Line(caller.Owner?.Issuer ?? "no token"),
        $"{from}",
        action,
        PlainText.Line(run ?? "without an id"),
        status < StatusCodes.Status400BadRequest ? "allowed" : "refused",
        status);

    [LoggerMessage(LogLevel.Information, "{Caller} ({Role}; {Issuer}) from {Address}: {Action} of run {RunId} {Outcome} ({Status})")]
    private static partial void LogChange(ILogger logger, string caller, string role, string issuer, string address, string action, string runId, string outcome, int status);
}
