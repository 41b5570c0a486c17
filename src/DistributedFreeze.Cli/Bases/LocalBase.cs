using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Bases;

/// <summary>The ONNX model that is the base of a run of this machine.</summary>
internal static class LocalBase
{
    /// <summary>Finds out what a run has to know of its base, and says where that ends.</summary>
    /// <param name="console">The error output is told.</param>
    /// <param name="spec">A valid run; one with another base stays as it is.</param>
    /// <exception cref="InvalidInputException">The model cannot be the run's base.</exception>
    public static RunSpec Resolve(CommandConsole console, RunSpec spec)
    {
        if (spec.Model.Base is null)
        {
            return spec;
        }

        var resolved = RunBases.Resolve(spec);
        var (model, size) = (resolved.Model, resolved.Data.ImageSize);
        console.Error.WriteLine(PlainText.Line(
            $"base: {model.Base} up to {model.Boundary}, {Pooling(model.Pool)}: {Number(model.BaseFeatures!.Value)} features of an image of {size} x {size}, {Number(model.BaseParameters!.Value)} parameters"));
        return resolved;
    }

    /// <summary>Refuses an ONNX base where layers of a ResNet are what a command is about.</summary>
    /// <param name="spec">A valid run.</param>
    /// <param name="what">The rest of a sentence: why.</param>
    /// <exception cref="InvalidInputException">The run has one.</exception>
    public static RunSpec Refuse(RunSpec spec, string what) => spec.Model.Base is null ? spec : throw new InvalidInputException("model.base", what);

    private static string Pooling(FeaturePooling pooling) => pooling switch
    {
        FeaturePooling.Avg => "averaged",
        FeaturePooling.Cls => "its first token",
        _ => "not pooled",
    };

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
