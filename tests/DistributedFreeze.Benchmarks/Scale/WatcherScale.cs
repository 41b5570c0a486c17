using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>So many who watch one run over HTTP: a head, whose epochs take some milliseconds, so that it tells more than most.</summary>
/// <param name="Watchers">How many.</param>
/// <param name="Lag">Median time from when something happened until it is read, in milliseconds.</param>
/// <param name="Epoch">Median time of the run's epochs, in milliseconds.</param>
internal sealed record WatcherScale(int Watchers, double Lag, double Epoch)
{
    private const string Run = "watched";
    private const string Time = "\"at\":\"";
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    public static async Task<WatcherScale> MeasureAsync(string silo, int watchers, Action<string> say)
    {
        await using var cluster = await ScaleCluster.StartAsync(silo);
        await cluster.SubmitAsync(Run, cluster.Spec(Run, epochs: 10_000));
        await cluster.WaitForAsync(Run, state => state == RunState.Running);
        var lags = new ConcurrentBag<double>();
        var epochs = new ConcurrentBag<double>();
        using var end = new CancellationTokenSource();
        var watching = Enumerable.Range(0, watchers).Select(number => WatchAsync(cluster, lags, number == 0 ? epochs : null, end.Token)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(5));
        lags.Clear();
        epochs.Clear();
        await Task.Delay(Length);
        await end.CancelAsync();
        await Task.WhenAll(watching);
        var row = new WatcherScale(watchers, Median(lags), Median(epochs));
        say($"{row}, {lags.Count} events were read");
        return row;
    }

    private static async Task WatchAsync(ScaleCluster cluster, ConcurrentBag<double> lags, ConcurrentBag<double>? epochs, CancellationToken end)
    {
        try
        {
            await using var stream = await cluster.Http.GetStreamAsync($"/api/v1/runs/{Run}/events", end);
            using var reader = new StreamReader(stream);
            var since = Stopwatch.StartNew();
            while (await reader.ReadLineAsync(end) is { } line)
            {
                if (line.IndexOf(Time, StringComparison.Ordinal) is >= 0 and var time)
                {
                    time += Time.Length;
                    var at = DateTimeOffset.Parse(line.AsSpan(time, line.IndexOf('"', time) - time), CultureInfo.InvariantCulture);
                    lags.Add((DateTimeOffset.UtcNow - at).TotalMilliseconds);
                }
                else if (epochs is not null && line == "event: epoch-done")
                {
                    epochs.Add(since.Elapsed.TotalMilliseconds);
                    since.Restart();
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is { Count: > 0 } sorted ? sorted[sorted.Count / 2] : double.NaN;
}
