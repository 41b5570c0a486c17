using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Options;

/// <summary>The finished run that a run of this machine starts from.</summary>
internal static class StartingRun
{
    /// <summary>Builds a run, with what it takes over from the one that it starts from.</summary>
    /// <param name="draft">What a person gave: anything else than the parent had is refused.</param>
    /// <exception cref="Errors.InvalidInputException">Something is wrong, or the folder to start from holds no finished run.</exception>
    public static RunSpec Adopt(RunDraft draft)
    {
        var spec = draft.Build();
        if (Find(spec) is not { } parent)
        {
            return spec;
        }

        var adopted = ParentSettings.Adopt(spec with { From = parent.Folder }, parent.Receipt, draft.Has);
        RunSpecValidator.EnsureValid(adopted); // the head that it takes over may need a frozen base
        return adopted;
    }

    /// <summary>Reads the receipt of the run that a run starts from.</summary>
    /// <param name="spec">The run.</param>
    /// <returns>Null where it starts from its base.</returns>
    /// <exception cref="Errors.InvalidInputException">The folder to start from holds no finished run.</exception>
    public static ParentFolder? Find(RunSpec spec) => spec.From is { } given ? ParentFolder.Read(given) : null;

    /// <summary>Says where a run starts, and which of its classes are new.</summary>
    /// <param name="parent">The run that it starts from.</param>
    /// <param name="classes">How many classes the run has.</param>
    /// <param name="names">Their names; none where only their number is known.</param>
    public static string Describe(ParentFolder parent, int classes, ImmutableArray<string> names)
    {
        var kept = parent.Receipt.Classes.Length;
        var added = classes - kept;
        var which = names.IsEmpty ? "" : $": {string.Join(", ", ParentSettings.NewClasses(parent.Receipt, names))}";
        return $"{parent.Folder}: run {parent.Receipt.RunId}, model sha256 {parent.Receipt.ModelSha256[..12]}; "
            + (added == 0 ? Invariant($"its {kept} classes") : Invariant($"its {kept} classes and {added} new{which}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
