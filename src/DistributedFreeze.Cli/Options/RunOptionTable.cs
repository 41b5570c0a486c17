using System.Collections.Immutable;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Cli.Options;

/// <summary>Every option that stands for a field of a run, in the order of help, which is that of <see cref="RunFields"/>.</summary>
internal static class RunOptionTable
{
    public static ImmutableArray<RunOption> All { get; } =
    [
        .. RunFields.All.Where(field => field.Option is not null).Select(field => new RunOption(
            field.Option!.Name, field.Path.Replace("[]", "[0]", StringComparison.Ordinal), FormOf(field, field.Option), field.Option.Says ?? field.Option.Argument, field.Option.Help)),
    ];

    /// <returns>The option that gives a field, or null.</returns>
    public static RunOption? Of(string field) => All.FirstOrDefault(option => option.Field == field);

    private static OptionForm FormOf(RunField field, FieldOption option) => option switch
    {
        { Says: not null } => OptionForm.Flag,
        { IsList: true } => OptionForm.Values,
        _ when field.Entries is not null => field.Path == "labels" ? OptionForm.Texts : OptionForm.Numbers,
        _ => OptionForm.Value,
    };
}
