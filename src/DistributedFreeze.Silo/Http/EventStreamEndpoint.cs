using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http.Access;
using Microsoft.AspNetCore.Mvc;

namespace DistributedFreeze.Silo.Http;

/// <summary>A run's events as server-sent events, each once and in order, until the run has ended.</summary>
internal sealed class EventStreamEndpoint
{
    /// <summary>Milliseconds after which a browser comes back.</summary>
    private const int Retry = 2_000;

    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/runs/{id}/events", WatchAsync).WithMetadata(new EventStreamEndpoint()).WithName("watch").WithTags(ApiTags.Events)
            .WithSummary("A run's events as they happen. Last-Event-ID, or ?after=, goes on where a connection broke; the event that is called ended is the last one, and 204 says that nothing follows.")
            .Produces<RunEvent>(StatusCodes.Status200OK, EventFrame.StreamType) // and no 204: clients made by Kiota would then return nothing at all
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status403Forbidden);

    internal static async Task WatchAsync(
        string id,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventId,
        long? after,
        HttpContext context,
        IGrainFactory grains,
        EventFeeds feeds,
        IHostApplicationLifetime lifetime)
    {
        var run = RunEndpoints.Run(grains, id);
        var status = await run.GetStatusAsync();
        RunRights.RequireRead(Callers.Of(context), status);
        var last = LastOf(lastEventId, after, status.LastEvent);
        if (status.State.IsFinal() && last >= status.LastEvent)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent; // tells a browser not to come back
            return;
        }

        // A silo that stops lets its readers go: they find another one.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = EventFrame.StreamType;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        try
        {
            using var watching = feeds.Join(id, run, last);
            await WriteAsync(context.Response, run, watching.Feed, last, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }
        catch (RunNotFoundException)
        {
            // It was forgotten meanwhile; whoever comes back is told so.
        }
        catch (Exception reason) when (reason is OrleansException or TimeoutException)
        {
            context.Abort(); // it is too late for an answer, and whoever reads comes back with the last id
        }
    }

    /// <summary>The last event that a reader has; from the beginning where it says what is no event of this run.</summary>
    private static long LastOf(string? lastEventId, long? after, long lastThereIs)
    {
        var last = long.TryParse(lastEventId, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : string.IsNullOrEmpty(lastEventId) ? after ?? 0
            : 0;
        return last >= 0 && last <= lastThereIs ? last : 0;
    }

    private static async Task WriteAsync(HttpResponse response, IRunGrain run, EventFeed feed, long last, CancellationToken cancellationToken)
    {
        // A comment says that the stream is open; one follows whenever nothing happens for a while, or whoever is between would close it.
        await response.WriteAsync($": watching\nretry: {Retry}\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        while (true)
        {
            var frames = await feed.NextAsync(last, cancellationToken)
                ?? EventFrame.Of(await run.ReadEventsAsync(last).WaitAsync(cancellationToken)); // older than what is kept for all
            if (frames.IsEmpty)
            {
                await response.WriteAsync(": nothing new\n\n", cancellationToken);
            }

            foreach (var frame in frames)
            {
                await response.Body.WriteAsync(frame.Bytes, cancellationToken);
                last = frame.Sequence;
                if (frame.IsEnd)
                {
                    return;
                }
            }

            await response.Body.FlushAsync(cancellationToken);
        }
    }
}
