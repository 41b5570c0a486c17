using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>A stretch of one run's epochs.</summary>
/// <param name="From">Epochs before it.</param>
/// <param name="To">Epochs after it.</param>
/// <param name="Milliseconds">Time of an epoch.</param>
/// <param name="Bytes">Bytes that an epoch stores.</param>
internal sealed record EpochScale(int From, int To, double Milliseconds, double Bytes)
{
    private const string Run = "epochs";
    private const int MostEpochs = 10_000; // of a phase

    /// <summary>Trains a head, and reads clock and store on the way.</summary>
    /// <param name="silo">The silo's program.</param>
    /// <param name="marks">After how many epochs, ascending.</param>
    /// <param name="say">Hears of each.</param>
    public static async Task<ImmutableArray<EpochScale>> MeasureAsync(string silo, ImmutableArray<int> marks, Action<string> say)
    {
        await using var cluster = await ScaleCluster.StartAsync(silo);
        await cluster.SubmitAsync(Run, cluster.Spec(Run, Math.Min(MostEpochs, marks[^1] + 1)));
        await cluster.WaitForAsync(Run, state => state == Runs.RunState.Running);
        var rows = ImmutableArray.CreateBuilder<EpochScale>();
        var clock = Stopwatch.StartNew();
        var before = (Epoch: await EpochAsync(cluster), Time: clock.Elapsed, Bytes: await cluster.StoredBytesAsync());
        foreach (var mark in marks)
        {
            int epoch;
            while ((epoch = await EpochAsync(cluster)) < mark)
            {
                await Task.Delay(Math.Clamp((mark - epoch) * 2, 20, 2_000));
            }

            var now = (Epoch: epoch, Time: clock.Elapsed, Bytes: await cluster.StoredBytesAsync());
            var epochs = Math.Max(1, now.Epoch - before.Epoch);
            rows.Add(new(before.Epoch, now.Epoch, (now.Time - before.Time).TotalMilliseconds / epochs, (double)(now.Bytes - before.Bytes) / epochs));
            say($"{rows[^1]}");
            before = now;
        }

        return rows.ToImmutable();
    }

    private static async Task<int> EpochAsync(ScaleCluster cluster)
    {
        await using var body = await cluster.Http.GetStreamAsync($"/api/v1/runs/{Run}");
        using var status = await JsonDocument.ParseAsync(body);
        return status.RootElement.GetProperty("progress").GetProperty("epoch").GetInt32();
    }
}
