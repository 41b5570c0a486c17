using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Runs;

/// <summary>Which runs of a list are meant: those for which everything that is given here holds.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <example>
/// <code><![CDATA[
/// using DistributedFreeze.Runs;
///
/// var filter = new RunFilter { States = [RunState.Failed], Labels = [LabelFilter.Parse("team:vision")] };
/// ]]></code>
/// </example>
[GenerateSerializer, Immutable, Alias("df.run-filter")]
public sealed record RunFilter
{
    private static readonly ImmutableArray<RunState> OnTheWay = [RunState.Queued, RunState.Preparing, RunState.Running];

    /// <summary>Runs in any of these states. Default: none, which is all.</summary>
    [Id(0)] public ImmutableArray<RunState> States { get; init; } = [];

    /// <summary>Runs that have all of these labels. Default: none, which is all runs.</summary>
    [Id(1)] public ImmutableArray<LabelFilter> Labels { get; init; } = [];

    /// <summary>Runs of this owner: the name of a key, or a token's subject. Default: null, which is all.</summary>
    [Id(2)] public string? Owner { get; init; }

    /// <summary>Runs that were submitted then or later. Default: null, which is all.</summary>
    [Id(3)] public DateTimeOffset? Since { get; init; }

    /// <summary>Whether it lets all runs through.</summary>
    public bool IsEmpty => States.IsDefaultOrEmpty && Labels.IsDefaultOrEmpty && Owner is null && Since is null;

    /// <summary>Whether only runs are meant that have neither ended nor are paused.</summary>
    public bool IsOfUnfinished => !States.IsDefaultOrEmpty && States.All(OnTheWay.Contains);

    /// <summary>Whether a run is meant.</summary>
    /// <param name="run">The run.</param>
    public bool Includes(RunStatus run) =>
        (States.IsDefaultOrEmpty || States.Contains(run.State)) && IncludesInAnyState(run.Spec?.Labels ?? RunLabels.None, run.Owner, run.SubmittedAt);

    /// <summary>Whether a run is meant, whatever its state is.</summary>
    /// <param name="labels">The run's labels.</param>
    /// <param name="owner">Who submitted it; null where nobody was asked.</param>
    /// <param name="submittedAt">When it was submitted; null where that is not known.</param>
    public bool IncludesInAnyState(RunLabels labels, string? owner, DateTimeOffset? submittedAt) =>
        (Owner is null || owner == Owner)
        && !(submittedAt < Since)
        && (Labels.IsDefaultOrEmpty || Labels.All(label => label.Includes(labels)));

    /// <summary>Whether a run was submitted before <see cref="Since"/>, and with it all that are older.</summary>
    /// <param name="run">The run.</param>
    public bool IsBefore(RunStatus run) => run.SubmittedAt < Since;
}

/// <summary>A label that runs are to have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null for any.</param>
[GenerateSerializer, Immutable, Alias("df.label-filter")]
public sealed record LabelFilter([property: Id(0)] string Name, [property: Id(1)] string? Value)
{
    /// <summary>Reads <c>team:vision</c>, <c>team=vision</c>, or <c>team</c> for any value.</summary>
    /// <param name="text">What a person wrote.</param>
    /// <exception cref="InvalidInputException">No run can have such a label.</exception>
    public static LabelFilter Parse(string text)
    {
        var at = text.IndexOfAny([':', '=']);
        var (name, value) = at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
        return Regex.IsMatch(name, RunLabels.NamePattern, RegexOptions.CultureInvariant) && (value is null || Regex.IsMatch(value, RunLabels.ValuePattern, RegexOptions.CultureInvariant))
            ? new(name, value)
            : throw new InvalidInputException(
                "label", $"must be a label's name (lower-case letters, digits, _ and -) and value such as team:vision, or its name alone, got '{text}'");
    }

    /// <summary>Whether labels have it.</summary>
    /// <param name="labels">A run's.</param>
    public bool Includes(RunLabels labels) => labels.Find(Name) is { } value && (Value is null || value == Value);
}
