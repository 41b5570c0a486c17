using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Cli.Weights;

/// <summary><c>dfreeze weights</c>: published weights, what a file of them is, and its base as a file that trains anywhere.</summary>
internal sealed class WeightsCommand(CommandConsole console)
{
    public Command Build() => new("weights", "Pulls published weights, shows files of weights, and turns them into .safetensors.")
    {
        new WeightsPullCommand(console).Build(),
        new WeightsShowCommand(console).Build(),
        new WeightsImportCommand(console).Build(),
    };

    /// <summary>The argument that names a file.</summary>
    public static Argument<string> File() => new("FILE")
    {
        Description = "Weights of Keras (.h5, .hdf5, .keras), .safetensors, or a checkpoint of PyTorch (.pth, .pt, .bin, .ckpt, .tar)",
    };

    /// <summary>Opens what an argument names.</summary>
    /// <exception cref="InvalidInputException">It cannot be read; the argument is named.</exception>
    public static ITensorFile Open(ParseResult parsed, Argument<string> file)
    {
        try
        {
            return WeightsFile.Open(parsed.GetRequiredValue(file));
        }
        catch (InvalidInputException refused)
        {
            throw new InvalidInputException(refused.Problems.Select(problem => problem with { Field = file.Name }));
        }
    }
}
