using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Planning;

/// <summary>Whether the files of a run are where it says. What is in them shows when it starts.</summary>
internal static class RunInputs
{
    /// <summary>Looks up data, weights and output folder, and reads the receipt of a run that it starts from; opens nothing else.</summary>
    /// <param name="spec">The run, with full paths.</param>
    /// <param name="resume">Whether it goes on from what its output folder holds.</param>
    /// <exception cref="InvalidInputException">Something is not there, or of another kind; it holds all problems.</exception>
    public static void Require(RunSpec spec, bool resume)
    {
        var problems = InputProblems(spec);
        var output = new OutputFolder(spec.Output);
        if (resume)
        {
            Collect(problems, () =>
            {
                output.ReadSpec("output");
                output.RequireSpec(spec);
            });
        }
        else
        {
            Collect(problems, output.RequireNew);
        }

        Collect(problems, output.RequireWritable);
        ThrowIf(problems);
    }

    /// <summary>The same but for the output folder, where nothing is written: who asks for advice need not have one yet.</summary>
    /// <param name="spec">The run, with full paths.</param>
    /// <exception cref="InvalidInputException">Something is not there, or of another kind; it holds all problems.</exception>
    public static void RequireToRead(RunSpec spec) => ThrowIf(InputProblems(spec));

    private static List<Problem> InputProblems(RunSpec spec)
    {
        var problems = new List<Problem>();
        Collect(problems, () => DataOutline.Require(spec.Data.Path));
        if (problems.Count == 0)
        {
            Collect(problems, () => ParentRuns.RequireClasses(spec));
        }

        if (spec.Model.Weights is { } weights && !File.Exists(weights))
        {
            problems.Add(new("model.weights", $"{weights} {(Directory.Exists(weights) ? "is a folder" : "does not exist")}; {WeightFormats.Right}"));
        }

        if (spec.Model.Base is { } onnx && !File.Exists(onnx))
        {
            problems.Add(new("model.base", $"{onnx} {(Directory.Exists(onnx) ? "is a folder" : "does not exist")}; an ONNX model would be right"));
        }

        if (spec.Features.Directory is { } directory && File.Exists(directory))
        {
            problems.Add(new("features.directory", $"{directory} is a file, but must be a folder or not be there yet"));
        }

        return problems;
    }

    private static void ThrowIf(List<Problem> problems)
    {
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    private static void Collect(List<Problem> problems, Action require)
    {
        try
        {
            require();
        }
        catch (InvalidInputException invalid)
        {
            problems.AddRange(invalid.Problems);
        }
    }
}
