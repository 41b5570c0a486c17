using System.Collections.Immutable;
using System.Text.RegularExpressions;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Cli.Options;

/// <summary>What the fields of a run are called for someone at a command line. Immutable and thread-safe.</summary>
internal sealed partial class OptionNames : FieldNames
{
    private readonly Func<RunOption, bool> _isKnown;
    private readonly bool _both;

    private OptionNames(Func<RunOption, bool> isKnown, bool both) => (_isKnown, _both) = (isKnown, both);

    /// <summary>For a run that was given as options alone.</summary>
    public static OptionNames OfOptions { get; } = new(_ => true, both: false);

    /// <summary>For a run that somebody described elsewhere, as options or in a file: both names.</summary>
    /// <param name="phases">Its phases; options stand for those of a single one.</param>
    public static OptionNames OfEither(int phases) => new(option => phases == 1 || !option.BelongsToPhase, both: true);

    /// <summary>For a run file: its own names but for the fields that options gave.</summary>
    /// <param name="given">The options that stand beside the file.</param>
    public static OptionNames OfFile(ImmutableArray<RunOption> given) => new(given.Contains, both: false);

    protected override string Name(RunField field, string path) => (Option(path), _both) switch
    {
        (null, _) => path,
        ({ } option, false) => option.Name,
        ({ } option, true) => $"{option.Name} (in a run file: {path})",
    };

    protected override string Give(RunField field, string path, string value) => (Option(path), _both) switch
    {
        (null, _) => $"{path}: {value}",
        ({ } option, false) => Typed(option, value),
        ({ } option, true) => $"{Typed(option, value)} (in a run file: {path}: {value})",
    };

    protected override string GoOn(string folder) => $"--resume {ShellWord.Of(folder)}";

    private static string Typed(RunOption option, string value) => (option.Form, value == option.Example) switch
    {
        (OptionForm.Flag, true) => option.Name,
        (OptionForm.Flag, false) => "--unfreeze-layers 0", // unfreeze: none
        _ => $"{option.Name} {ShellWord.Of(value)}",
    };

    private RunOption? Option(string path) =>
        RunOptionTable.Of(ItemNumber().Replace(path, "")) is { } option && _isKnown(option) ? option : null;

    [GeneratedRegex(@"\[[0-9]+\]\z", RegexOptions.CultureInvariant)]
    private static partial Regex ItemNumber();
}
