using DistributedFreeze.Data.Bases;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using static DistributedFreeze.Training.Inputs.PreprocessingFit;

namespace DistributedFreeze.Training.Inputs;

/// <summary>How pixels become the input of a run's network: taken from what its weights remember, and held against what a person chose.</summary>
internal static class PreprocessingDecision
{
    /// <summary>What a network of random weights takes: nothing was trained, and pixels of unit variance keep activations near their first size.</summary>
    public const Preprocessing OfRandomWeights = Preprocessing.Torch;

    private const string Field = "data.preprocess";
    private const string ForceField = "data.force_preprocess";

    /// <summary>Decides for a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="pixels">Its images.</param>
    /// <param name="weights">The base's.</param>
    /// <returns>What is taken, and what to warn of; null for nothing.</returns>
    /// <exception cref="InvalidInputException">An image cannot be read, or the weights rule out what was chosen and nobody insisted on it.</exception>
    public static (PreprocessingChoice Choice, string? Warning) Of(RunDefinition run, RunPixels pixels, BaseWeights weights)
    {
        var data = run.Spec.Data;
        Preprocessing? chosen = data.Preprocessing is null or Preprocessing.Auto ? null : data.Preprocessing;
        if (run.Spec.Model.Weights is not { } path)
        {
            return (chosen is { } word ? new(word, "as chosen") : new(OfRandomWeights, "random weights take pixels of unit variance"), null);
        }

        var layer = new FirstLayer(run.Table, weights);
        var fit = new PreprocessingFit(layer, Photographs.Patches(layer.Kernel), SampledPatches.Of(run, pixels, layer.Kernel));
        var (choice, warning) = Of(chosen, data.ForcePreprocessing, run.Table.Convention.Preprocessing, fit, Path.GetFileName(path), layer.NormName);
        return (choice, warning ?? Contradiction(path, choice));
    }

    /// <summary>What to warn of where a maker's note beside the weights says something else than is taken; null for nothing.</summary>
    internal static string? Contradiction(string path, PreprocessingChoice taken)
    {
        try
        {
            return new PreprocessingNotes(path, message => new(Field, message)).Beside() is { } note && note.Taken != taken.Taken
                ? $"{note.Reason}, which is preprocessing {Word(note.Taken)}, and {Word(taken.Taken)} is taken: {taken.Reason}. `{Field}: {Word(note.Taken)}` follows the note."
                : null;
        }
        catch (InvalidInputException)
        {
            return null; // the weights have been asked, and a note that nobody understands tells nothing against them
        }
    }

    /// <summary>Decides by what is known.</summary>
    /// <param name="chosen">What a person chose; null leaves it to the weights.</param>
    /// <param name="forced">Whether the person insists.</param>
    /// <param name="own">What weights of this graph usually take: it stands unless it is ruled out.</param>
    /// <param name="fit">What the weights remember.</param>
    /// <param name="file">Name of the weights file.</param>
    /// <param name="norm">Name of the batch norm that remembers.</param>
    /// <exception cref="InvalidInputException">The weights rule out what was chosen and nobody insisted on it.</exception>
    public static (PreprocessingChoice Choice, string? Warning) Of(
        Preprocessing? chosen, bool forced, Preprocessing own, PreprocessingFit fit, string file, string norm)
    {
        var seen = $"what {norm} of {file} remembers of its training is {fit.Distances}";
        if (chosen is not { } word)
        {
            var taken = fit.RulesOut(own) ? fit.Best : own;
            return (new(taken, seen), fit.IsPoor ? Unlike(file, norm, Word(taken)) : null);
        }

        if (!fit.RulesOut(word))
        {
            return (new(word, $"as chosen; {seen}"), fit.IsPoor ? Unlike(file, norm, Word(word)) : null);
        }

        return forced
            ? (new(word, $"as insisted on; {seen}"), $"The images are prepared by preprocessing {Word(word)}, as insisted on, though {file} was trained with {Word(fit.Best)}: {seen}.")
            : throw new InvalidInputException(
                Field,
                $"is {Word(word)}, but the weights were trained with {Word(fit.Best)}: {seen} (Kullback-Leibler divergence, 0 is best); leave it out or give "
                + $"`{Field}: {Word(fit.Best)}`; `{ForceField}: true` trains with {Word(word)} all the same");
    }

    private static string Unlike(string file, string norm, string taken) =>
        $"{file} was trained on pixels that none of caffe, torch and tf explains (by what its {norm} remembers); preprocessing {taken} is taken, and features may say "
        + "little: check how these weights want their images.";
}
