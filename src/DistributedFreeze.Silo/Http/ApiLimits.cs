using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace DistributedFreeze.Silo.Http;

/// <summary>How much of a silo's time the API may take.</summary>
internal static class ApiLimits
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    public static void AddApiLimits(this IServiceCollection services, ApiOptions options) => services.AddRateLimiter(limiter =>
    {
        limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limiter.OnRejected = RefuseAsync;
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            PartitionedRateLimiter.Create<HttpContext, string>(context => IsApi(context)
                ? RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => PerMinute(options.RequestsPerMinute))
                : RateLimitPartition.GetNoLimiter("")),
            PartitionedRateLimiter.Create<HttpContext, string>(context => !IsApi(context)
                ? RateLimitPartition.GetNoLimiter("")
                : IsEventStream(context)
                    ? AtATime($"streams {Caller(context)}", options.EventStreamsPerCaller ?? options.ShareOf(options.EventStreams))
                    : AtATime($"requests {Caller(context)}", options.ConcurrentRequestsPerCaller ?? options.ShareOf(options.ConcurrentRequests))),
            PartitionedRateLimiter.Create<HttpContext, string>(context => !IsApi(context)
                ? RateLimitPartition.GetNoLimiter("")
                : IsEventStream(context)
                    ? AtATime("streams", options.EventStreams)
                    : AtATime("requests", options.ConcurrentRequests)));
    });

    /// <summary>A minute's requests at once, and then each after its share of a minute: whoever is refused learns when the next one is let in.</summary>
    private static TokenBucketRateLimiterOptions PerMinute(int requests) =>
        new() { TokenLimit = requests, TokensPerPeriod = 1, ReplenishmentPeriod = Window / requests };

    private static RateLimitPartition<string> AtATime(string whose, int permits) =>
        RateLimitPartition.GetConcurrencyLimiter(whose, _ => new() { PermitLimit = permits });

    private static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    private static bool IsEventStream(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<EventStreamEndpoint>() is not null;

    private static string Caller(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true }
            ? $"who {Callers.Of(context).Id}"
            : $"where {context.Connection.RemoteIpAddress}";

    private static async ValueTask RefuseAsync(OnRejectedContext refused, CancellationToken cancellationToken)
    {
        // Nobody knows when one of those ends that are answered now: most take less than a second.
        var wait = refused.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        refused.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString("0", CultureInfo.InvariantCulture);
        await Results.Problem("This silo has too many requests at the moment; ask again later.", statusCode: StatusCodes.Status429TooManyRequests)
            .ExecuteAsync(refused.HttpContext);
    }
}
