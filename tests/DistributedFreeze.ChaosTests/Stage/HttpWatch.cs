using System.Globalization;
using System.Net;
using System.Text.Json;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Watches a run by server-sent events, as a browser does: it comes back with the last id that it saw.</summary>
internal sealed class HttpWatch(SiloCluster cluster, string runId) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>A silo that has nothing to tell says so every ten seconds.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(25);

    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private int _turn;

    /// <summary>Numbers and kinds of the events, in the order in which they came.</summary>
    public List<(long Id, string Kind)> Told { get; } = [];

    /// <summary>Reads until the run has ended, is deleted, or the server says that nothing follows.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (!await ReadAsync(cancellationToken))
        {
            await Task.Delay(Pause, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        var silos = cluster.Silos.Order().ToList();
        if (silos.Count == 0)
        {
            return false;
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(Silence);
        try
        {
            var address = new Uri(cluster[silos[_turn++ % silos.Count]].Http, $"/api/v1/runs/{runId}/events");
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Add("X-Api-Key", SiloNetwork.ApiKey);
            if (Told is [.., var last])
            {
                request.Headers.Add("Last-Event-ID", last.Id.ToString(CultureInfo.InvariantCulture));
            }

            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await ReadAsync(response, silence),
                HttpStatusCode.NoContent or HttpStatusCode.NotFound => true,
                _ => false,
            };
        }
        catch (Exception reason) when (reason is HttpRequestException or IOException or KeyNotFoundException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> ReadAsync(HttpResponseMessage response, CancellationTokenSource silence)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(silence.Token));
        var id = 0L;
        while (await reader.ReadLineAsync(silence.Token) is { } line)
        {
            silence.CancelAfter(Silence);
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                using var data = JsonDocument.Parse(line[6..]);
                var kind = data.RootElement.GetProperty("event").GetString()!;
                Told.Add((id, kind));
                if (kind == "ended")
                {
                    return true;
                }
            }
        }

        return false;
    }
}
