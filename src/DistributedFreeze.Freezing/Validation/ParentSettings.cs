using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What a run takes over from the finished run that it starts from: the network, its base, its classes, and the way from a file to pixels.</summary>
/// <remarks>Pure and thread-safe. Fields are named as a run file writes them.</remarks>
public static class ParentSettings
{
    private static readonly RunSpec Unset = new() { Data = new() { Path = "" }, Phases = [], Output = "" };

    /// <summary>What must be as the parent has it, for its weights to fit and to mean the same.</summary>
    private static readonly ImmutableArray<Setting> All =
    [
        new("data.image_size", spec => spec.Data.ImageSize.ToString(CultureInfo.InvariantCulture), (spec, parent) => spec with { Data = spec.Data with { ImageSize = parent.Data.ImageSize } }),
        new("data.resize", spec => RunEnums.NameOf(spec.Data.Resize), (spec, parent) => spec with { Data = spec.Data with { Resize = parent.Data.Resize } }),
        new("data.color_profiles", spec => RunEnums.NameOf(spec.Data.ColorProfiles), (spec, parent) => spec with { Data = spec.Data with { ColorProfiles = parent.Data.ColorProfiles } }),
        new("data.preprocess", spec => RunEnums.NameOf(spec.Data.Preprocessing ?? Preprocessing.Auto), (spec, parent) => spec with { Data = spec.Data with { Preprocessing = parent.Data.Preprocessing } }),
        new("model.architecture", spec => RunEnums.NameOf(spec.Model.Architecture), (spec, parent) => spec with { Model = spec.Model with { Architecture = parent.Model.Architecture } }),
        new("model.graph", spec => RunEnums.NameOf(spec.Model.Graph), (spec, parent) => spec with { Model = spec.Model with { Graph = parent.Model.Graph } }),
        new("model.head.hidden", spec => $"[{string.Join(", ", spec.Model.Head.Hidden)}]", (spec, parent) => WithHead(spec, spec.Model.Head with { Hidden = parent.Model.Head.Hidden })),
        new("model.head.inputs", HeadInputsOf, (spec, parent) => WithHead(spec, spec.Model.Head with { Inputs = parent.Model.Head.Inputs })),
        new("model.head.dropout", spec => spec.Model.Head.Dropout.ToString("R", CultureInfo.InvariantCulture), (spec, parent) => WithHead(spec, spec.Model.Head with { Dropout = parent.Model.Head.Dropout })),
    ];

    /// <summary>Puts into a run what it takes over from its parent.</summary>
    /// <param name="spec">A valid run.</param>
    /// <param name="parent">Receipt of the run that it starts from.</param>
    /// <param name="isGiven">Whether a person gave a field, by its path; null where nobody knows, and a field that has its default counts as not given.</param>
    /// <returns>The run with its parent's network, base and way to pixels. A run that has been through this comes back as it is.</returns>
    /// <exception cref="InvalidInputException">The run asks for something else than its parent had; it holds all problems.</exception>
    public static RunSpec Adopt(RunSpec spec, Receipt parent, Func<string, bool>? isGiven = null)
    {
        var theirs = parent.Spec with { Data = parent.Spec.Data with { Preprocessing = PreprocessingOf(parent) } };
        var problems = new List<Problem>();
        var adopted = spec;
        foreach (var setting in All)
        {
            var (own, had) = (setting.Text(adopted), setting.Text(theirs));
            if (own != had && (isGiven?.Invoke(setting.Field) ?? own != setting.Text(Unset)))
            {
                problems.Add(new(setting.Field, $"is {own}, but must be {had} as in run {parent.RunId}, from which this one starts; leave it out to take that over"));
            }

            adopted = setting.Take(adopted, theirs);
        }

        adopted = adopted with { Model = Base(adopted, theirs, parent.RunId, problems) };
        return problems.Count == 0 ? adopted : throw new InvalidInputException(problems);
    }

    /// <summary>Refuses data in which a class of the parent is missing.</summary>
    /// <param name="parent">Receipt of the run that a run starts from.</param>
    /// <param name="classes">Names of the classes that the run's data has.</param>
    /// <exception cref="InvalidInputException">Some are missing; it names them.</exception>
    public static void RequireClasses(Receipt parent, ImmutableArray<string> classes)
    {
        var missing = parent.Classes.Except(classes, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            var added = classes.Except(parent.Classes, StringComparer.Ordinal).ToList();
            throw new InvalidInputException(
                "data.path",
                $"has no {Class(missing)} {Names(missing)}, which run {parent.RunId} has, from which this one starts{(added.Count > 0 ? $" (new is {Names(added)})" : "")}: "
                + "a run keeps the classes of the one that it starts from, by their names, and may have more");
        }
    }

    /// <summary>Which of a run's classes its parent did not have.</summary>
    /// <param name="parent">Receipt of the run that the run starts from.</param>
    /// <param name="classes">Names of the run's classes.</param>
    /// <returns>Their names, in the order of <paramref name="classes"/>.</returns>
    public static ImmutableArray<string> NewClasses(Receipt parent, ImmutableArray<string> classes) => [.. classes.Except(parent.Classes, StringComparer.Ordinal)];

    /// <summary>How the pixels of a finished run became network input.</summary>
    /// <param name="receipt">Its receipt; one of the version before preprocessing was decided says nothing where the run took its graph's own.</param>
    public static Preprocessing PreprocessingOf(Receipt receipt) =>
        receipt.Preprocessing?.Taken ?? receipt.Spec.Data.Preprocessing ?? GraphConvention.Of(receipt.Spec.Model.Graph).Preprocessing;

    private static ModelSpec Base(RunSpec spec, RunSpec parent, string runId, List<Problem> problems)
    {
        if (parent.Model.Base is not null)
        {
            return OnnxBase(spec.Model, parent.Model, runId, problems);
        }

        if (spec.Model.Base is { } other)
        {
            problems.Add(new("model.base", $"is {other}, but run {runId}, from which this one starts, has a ResNet for its base; leave it out"));
        }

        if (parent.Model.Weights is { } weights)
        {
            if (spec.Model.RandomWeights)
            {
                problems.Add(new("model.random_weights", $"is true, but run {runId}, from which this one starts, began with {weights}; leave it out"));
            }

            return spec.Model with { Weights = spec.Model.Weights ?? weights };
        }

        if (spec.Model.Weights is { } given)
        {
            problems.Add(new("model.weights", $"is {given}, but run {runId}, from which this one starts, began with random weights; leave it out"));
        }
        else if (spec.Seed != parent.Seed)
        {
            problems.Add(new("seed", $"is {spec.Seed}, but must be {parent.Seed} as in run {runId}, from which this one starts: its base of random weights was drawn by it"));
        }

        return spec.Model with { RandomWeights = parent.Model.RandomWeights };
    }

    /// <summary>The same model, wherever it lies now, cut and pooled in the same way: that it is the same shows when it is read.</summary>
    private static ModelSpec OnnxBase(ModelSpec model, ModelSpec parent, string runId, List<Problem> problems)
    {
        if (model.Boundary is { } boundary && boundary != parent.Boundary)
        {
            problems.Add(new("model.boundary", $"is {boundary}, but must be {parent.Boundary} as in run {runId}, from which this one starts; leave it out to take that over"));
        }

        if (model.Pool != default && model.Pool != parent.Pool)
        {
            problems.Add(new("model.pool", $"is {RunEnums.NameOf(model.Pool)}, but must be {RunEnums.NameOf(parent.Pool)} as in run {runId}, from which this one starts; leave it out to take that over"));
        }

        return model with
        {
            Base = model.Base ?? parent.Base,
            Boundary = parent.Boundary,
            Pool = parent.Pool,
            BaseSha256 = parent.BaseSha256,
            BaseFeatures = parent.BaseFeatures,
            BaseParameters = parent.BaseParameters,
            BaseMultiplyAdds = parent.BaseMultiplyAdds,
        };
    }

    /// <summary>In one order, however they were given.</summary>
    private static string HeadInputsOf(RunSpec spec) => HeadInputs.Ordered(spec.Model).Head.Inputs is { IsDefaultOrEmpty: false } names
        ? $"[{string.Join(", ", names)}]"
        : "the last layer alone";

    private static RunSpec WithHead(RunSpec spec, HeadSpec head) => spec with { Model = spec.Model with { Head = head } };

    private static string Class(List<string> names) => names.Count == 1 ? "class" : "classes";

    private static string Names(List<string> names)
    {
        const int Most = 10;
        return names.Count <= Most ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Most))} and {names.Count - Most} more";
    }

    /// <param name="Field">Its path in a run file.</param>
    /// <param name="Text">Its value, as people write it.</param>
    /// <param name="Take">The first run with the second one's value.</param>
    private sealed record Setting(string Field, Func<RunSpec, string> Text, Func<RunSpec, RunSpec, RunSpec> Take);
}
