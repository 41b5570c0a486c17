using System.Diagnostics;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>A silo with so many runs that wait for its one device.</summary>
/// <param name="Runs">How many.</param>
/// <param name="IdleShare">Share of a core that it takes while nothing happens.</param>
/// <param name="Devices">Median time of <c>GET /devices</c>, in milliseconds.</param>
/// <param name="Submit">Median time to submit one more.</param>
/// <param name="Next">Time from the end of the run that had the device until the next one prepares: its replica has the device, and loads.</param>
internal sealed record QueueScale(int Runs, double IdleShare, double Devices, double Submit, double Next)
{
    private const string Holder = "holder";
    private const string First = "first";
    private const int Samples = 25;
    private const int SubmittedAtOnce = 8;

    /// <summary>Longer than a reminder's period, and than waiting runs take to renew their claims.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(65);

    public static async Task<QueueScale> MeasureAsync(string silo, int runs, Action<string> say)
    {
        await using var cluster = await ScaleCluster.StartAsync(silo);
        var obstacle = await HoldAsync(cluster);
        await cluster.SubmitAsync(First, cluster.Spec(First, epochs: 1));
        await Parallel.ForAsync(1, runs, new ParallelOptions { MaxDegreeOfParallelism = SubmittedAtOnce }, async (run, _) =>
        {
            await cluster.SubmitAsync($"q{run}", cluster.Spec($"q{run}", epochs: 1));
        });
        say($"{runs} runs are submitted");
        await Task.Delay(TimeSpan.FromSeconds(10));
        var (began, used) = (Stopwatch.StartNew(), cluster.ProcessorSeconds);
        await Task.Delay(Idle);
        var share = (cluster.ProcessorSeconds - used) / began.Elapsed.TotalSeconds;
        var devices = await MedianAsync(_ => cluster.Http.GetStringAsync("/api/v1/devices"));
        var submit = await MedianAsync(sample => cluster.SubmitAsync($"more{sample}", cluster.Spec($"more{sample}", epochs: 1)));

        Directory.Delete(obstacle, recursive: true); // which the run would want to clear up
        await cluster.CancelAsync(Holder);
        await cluster.WaitForAsync(Holder, state => state == RunState.Cancelled);
        var ended = Stopwatch.StartNew();
        while (!(await cluster.Http.GetStringAsync("/api/v1/devices")).Contains($"\"runId\":\"{First}\"", StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }

        var row = new QueueScale(runs, share, devices, submit, ended.Elapsed.TotalMilliseconds);
        say($"{row}");
        return row;
    }

    /// <summary>A run that has the device and takes no time: its checkpoint cannot be written, and it waits until it can.</summary>
    /// <returns>What is in its way.</returns>
    private static async Task<string> HoldAsync(ScaleCluster cluster)
    {
        var spec = cluster.Spec(Holder, epochs: 10_000);
        await cluster.SubmitAsync(Holder, spec);
        var checkpoint = Path.Combine(spec.Output, "checkpoint.safetensors");
        while (!File.Exists(checkpoint))
        {
            await Task.Delay(20);
        }

        File.Delete(checkpoint);
        Directory.CreateDirectory(Path.Combine(checkpoint, "in-the-way"));
        await Task.Delay(TimeSpan.FromSeconds(5));
        return checkpoint;
    }

    private static async Task<double> MedianAsync(Func<int, Task> ask)
    {
        var times = new List<double>();
        for (var sample = 0; sample < Samples; sample++)
        {
            var clock = Stopwatch.StartNew();
            await ask(sample);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }
}
