using System.Collections.Immutable;
using System.CommandLine;
using DistributedFreeze.Errors;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Options;

/// <summary>The options that commands about a run share: a run file, and a value for any field of it.</summary>
/// <remarks>All values are taken as text and laid over the file, so that one reader judges both and names what was typed.</remarks>
/// <param name="input">Where a file that is called <c>-</c> is read from.</param>
/// <param name="isOffered">Which fields the command has options for; null for all.</param>
internal sealed class RunOptions(Stream input, Func<RunOption, bool>? isOffered = null)
{
    private const string StandardInput = "-";

    private readonly Option<string?> _file = new("--file", "-f") { Description = "Run file in YAML, - for standard input; options given beside it count more", HelpName = "FILE" };
    private readonly ImmutableArray<(RunOption Row, Option Option)> _options = [.. RunOptionTable.All.Where(isOffered ?? (_ => true)).Select(row => (row, Create(row)))];

    public void AddTo(Command command)
    {
        command.Add(_file);
        foreach (var (_, option) in _options)
        {
            command.Add(option);
        }
    }

    private bool HasFile(ParseResult parsed) => parsed.GetValue(_file) is not null;

    /// <summary>The file, if there is one, and the options over it.</summary>
    /// <exception cref="InvalidInputException">The file cannot be read, or an option of a phase is given to a file of several phases.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="pathsAsWritten">True where relative paths count from elsewhere than the file's folder.</param>
    public RunDraft Draft(ParseResult parsed, bool pathsAsWritten = false) => Lay(
        parsed.GetValue(_file) switch
        {
            null => RunDraft.OnePhase,
            StandardInput => RunDraft.Read(input, "standard input", pathsAsWritten),
            var file => RunDraft.Read(file, pathsAsWritten),
        },
        parsed);

    /// <summary>The options over a draft.</summary>
    /// <exception cref="InvalidInputException">An option of a phase is given to a draft of several phases.</exception>
    public RunDraft Lay(RunDraft draft, ParseResult parsed)
    {
        var given = Given(parsed);
        RefusePhaseOptions(draft, given.Select(pair => pair.Row));
        if (given.Any(pair => IsFreezeField(pair.Row)))
        {
            draft = RunDraft.FreezeFields.Aggregate(draft, (without, field) => without.Without($"phases[0].{field}"));
        }

        return given.Aggregate(draft, (laid, pair) => pair.Row.Form switch
        {
            OptionForm.Values => laid.With(pair.Row.Field, Items(Text(pair.Option, parsed)), pair.Row.Name),
            OptionForm.Numbers or OptionForm.Texts when Text(pair.Option, parsed) is var text && text.Contains('=', StringComparison.Ordinal) =>
                laid.With(pair.Row.Field, Pairs(text, pair.Row), pair.Row.Name),
            OptionForm.Flag => laid.With(pair.Row.Field, pair.Row.Example, pair.Row.Name),
            _ => laid.With(pair.Row.Field, Text(pair.Option, parsed), pair.Row.Name),
        });
    }

    /// <summary>What the person who typed the command calls the fields of the run.</summary>
    public OptionNames FieldNames(ParseResult parsed) =>
        HasFile(parsed) ? OptionNames.OfFile([.. Given(parsed).Select(pair => pair.Row)]) : OptionNames.OfOptions;

    /// <summary>The options a person gave, the run file among them.</summary>
    public ImmutableArray<string> Names(ParseResult parsed) =>
        [.. HasFile(parsed) ? ["--file"] : Array.Empty<string>(), .. Given(parsed).Select(pair => pair.Row.Name)];

    private static void RefusePhaseOptions(RunDraft draft, IEnumerable<RunOption> given)
    {
        if (draft.Phases > 1 && given.Where(row => row.BelongsToPhase).ToList() is { Count: > 0 } rows)
        {
            throw new InvalidInputException(rows.Select(row =>
                new Problem(row.Name, $"the file has {draft.Phases} phases, and this does not say for which; change it in the file")));
        }
    }

    private static bool IsFreezeField(RunOption row) =>
        row.BelongsToPhase && RunDraft.FreezeFields.Any(field => row.Field == $"phases[0].{field}");

    private ImmutableArray<(RunOption Row, Option Option)> Given(ParseResult parsed) =>
        [.. _options.Where(pair => parsed.GetResult(pair.Option) is { Implicit: false })];

    private static Option Create(RunOption row) => row.Form == OptionForm.Flag
        ? new Option<bool>(row.Name) { Description = row.Description, Arity = ArgumentArity.Zero }
        : new Option<string>(row.Name) { Description = row.Description, HelpName = row.Example };

    private static string Text(Option option, ParseResult parsed) => parsed.GetValue((Option<string>)option) ?? "";

    /// <summary>A name may hold <c>=</c>, a number or a label's text doesn't: the last one counts.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Pairs(string text, RunOption option) => Items(text).Select(pair => pair.LastIndexOf('=') switch
    {
        > 0 and var at => KeyValuePair.Create(pair[..at].TrimEnd(), pair[(at + 1)..].TrimStart()),
        _ => throw new InvalidInputException(
            option.Name, $"must be names and {(option.Form == OptionForm.Texts ? "texts such as team=vision,stage=trial" : "numbers such as a=2,b=0.5")}, got '{pair}' among them"),
    });

    private static string[] Items(string list) =>
        string.IsNullOrWhiteSpace(list) ? [] : list.Split(',', StringSplitOptions.TrimEntries);
}
