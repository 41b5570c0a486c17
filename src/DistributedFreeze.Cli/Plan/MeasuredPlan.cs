using DistributedFreeze.Freezing.Predictions;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Measuring;

namespace DistributedFreeze.Cli.Plan;

/// <summary>What <c>dfreeze plan --measure</c> adds to a plan. The only part of it that needs libtorch.</summary>
/// <param name="Rates">What was measured.</param>
/// <param name="Prediction">What follows.</param>
internal sealed record MeasuredPlan(MeasuredRates Rates, RunPrediction Prediction)
{
    public static MeasuredPlan Of(RunSpec spec, CancellationToken cancellationToken)
    {
        var (rates, prediction) = PlanMeasurement.Of(spec, cancellationToken);
        return new(rates, prediction);
    }
}
