using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Cli.Export;

/// <summary>A run's tensors on their base, in the words of a command line.</summary>
internal static class RunNetwork
{
    /// <param name="run">The run; stays open as long as the network.</param>
    /// <param name="weights">The base's file; null takes the one that the run had.</param>
    /// <param name="option">What names the file on the command line.</param>
    /// <exception cref="InvalidInputException">The base is missing, cannot be read, or is not the one that the run began with.</exception>
    public static TrainedNetwork Open(TrainedRun run, string? weights, string option)
    {
        var had = RunBases.FileOf(run.Receipt.Spec.Model);
        if (weights is null && had is not null && !File.Exists(had))
        {
            throw new InvalidInputException(option, $"is needed: the run's base was {had}, which is not here; name a copy of it");
        }

        try
        {
            return TrainedNetwork.Open(run, weights);
        }
        catch (InvalidInputException invalid)
        {
            // What a run file calls model.weights or model.base is an option here.
            throw new InvalidInputException(invalid.Problems.Select(
                problem => problem.Field is WeightsFile.Field or "model.base" ? new Problem(option, problem.Message) : problem));
        }
    }
}
