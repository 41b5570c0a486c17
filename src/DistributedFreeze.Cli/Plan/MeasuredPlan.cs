using System.Diagnostics;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Training.Planning;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What <c>dfreeze plan --measure</c> adds to a plan. The only part of it that needs libtorch.</summary>
/// <param name="Rates">What was measured.</param>
/// <param name="Prediction">What follows for the phases and the test.</param>
/// <param name="Overhead">What comes besides.</param>
internal sealed record MeasuredPlan(MeasuredRates Rates, RunEstimate Prediction, RunOverhead Overhead)
{
    /// <summary>
    /// What a run does for the first time, from its submission to its receipt, takes about this share of the start: code is compiled where it is first
    /// used. Compared with runs in docs/performance.md, and small beside any but the shortest.
    /// </summary>
    private const double FirstUse = 0.8;

    /// <summary>Seconds of <c>dfreeze train</c>, from its first moment to its last.</summary>
    public double Seconds => Overhead.Seconds + Prediction.Seconds;

    /// <summary>The same on the suggested replicas.</summary>
    public double SuggestedSeconds => Overhead.Seconds + Prediction.SuggestedSeconds;

    public static async Task<MeasuredPlan> OfAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        using var process = Process.GetCurrentProcess();
        var launch = (DateTime.Now - process.StartTime).TotalSeconds;
        var started = Stopwatch.GetTimestamp();
        await using (await EmbeddedCluster.StartAsync(LogLevel.None, cancellationToken))
        {
            // As train does it, to see what it takes here.
        }

        var silo = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (rates, prediction, overhead) = await Task.Run(() => PlanMeasurement.Of(spec, cancellationToken), cancellationToken);
        return new(rates, prediction, overhead with { Start = (1 + FirstUse) * (launch + silo) });
    }
}
