using System.Globalization;
using System.Text;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Reference;

/// <summary>Every field of a run file, for people, in Markdown.</summary>
internal static class RunFileReference
{
    private const string Head = """
        # Run files

        A run file says in YAML what `dfreeze plan`, `train` and `submit` do: `dfreeze train -f run.yaml`, or `-f -` for standard input. The options
        beside it count more. Paths count from the file's folder, and `~/` from your home; with `submit` they are the silo's. An editor that knows JSON schemas checks and
        completes it by [run-file.schema.json](run-file.schema.json), which `dfreeze schema` prints, too: with the YAML extension of Visual Studio
        Code, a first line `# yaml-language-server: $schema=run-file.schema.json` is enough.

        The smallest one:

        ```text
        data: { path: photos }
        output: run1
        phases: [ {} ]
        ```

        Over HTTP a run is sent as such a file, or as JSON with the names of the last column. This page is made from the code by
        `dfreeze schema --reference`.

        """;

    public static string Markdown()
    {
        var text = new StringBuilder(Head);
        Table(text, "The run", "", field => !field.Field.Path.Contains('.', StringComparison.Ordinal) && field.Type is not (FieldType.Map or FieldType.Maps));
        foreach (var group in RunFileFields.All.Where(field => field.Type is FieldType.Map or FieldType.Maps))
        {
            var path = group.Field.Path + (group.Type == FieldType.Maps ? "[]" : "");
            Table(text, $"`{path}`", Intro(group), field => field.Field.Path.StartsWith($"{path}.", StringComparison.Ordinal)
                && field.Field.Path.LastIndexOf('.') == path.Length && field.Type is not (FieldType.Map or FieldType.Maps));
        }

        return text.ToString();
    }

    private static string Intro(RunFileField group) => group.Field.Meaning
        + (group.Field.Absent is { } absent ? $" Left out: {absent}." : "")
        + (group.Type == FieldType.Maps ? " A phase has at most one of `unfreeze_layers`, `unfreeze`, `from`, `stage` and `layers`, and trains the head alone without." : "");

    private static void Table(StringBuilder text, string title, string intro, Func<RunFileField, bool> belongs)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
        if (intro.Length > 0)
        {
            text.Append(intro).Append("\n\n");
        }

        text.Append("| field | value | default | what it is | option | in JSON |\n|---|---|---|---|---|---|\n");
        foreach (var field in RunFileFields.All.Where(belongs))
        {
            var name = field.Field.Name;
            var option = RunOptionTable.Of(field.Field.Path.Replace("[]", "[0]", StringComparison.Ordinal))?.Name;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{name}` | {Value(field)} | {Default(field)} | {field.Field.Meaning} | {(option is null ? "" : $"`{option}`")} | `{field.Field.Json}` |\n");
        }
    }

    private static string Value(RunFileField field)
    {
        var unit = field.Field.Unit is { } counted ? $" {counted}" : "";
        return field.Type switch
        {
            FieldType.Word => string.Join(", ", field.Words.Select(word => $"`{word}`")),
            FieldType.Numbers => $"numbers by name, {Range(field.Range)}{unit} each",
            FieldType.WordOrNumbers => string.Join(", ", field.Words.Select(word => $"`{word}`")) + $", or numbers by name, {Range(field.Range)}{unit} each",
            FieldType.NamedTexts => "texts by name, at most 16",
            FieldType.Flag => "`true`, `false`",
            FieldType.WholeNumber => $"{Range(field.Range)}{unit}, whole",
            FieldType.Number => $"{Range(field.Range)}{unit}",
            FieldType.Bytes => $"{Range(field.Range)}{unit}, or with `K`, `M`, `G`, `T` behind",
            FieldType.WholeNumbers => $"a list of whole numbers, {Range(field.Range)}{unit} each",
            FieldType.Texts => "a list of texts",
            _ => "a text",
        };
    }

    private static string Range(FieldRange? range) => range switch
    {
        null => "any number",
        { Max: double.PositiveInfinity } => $"{(range.IncludesMin ? "at least" : "above")} {Number(range.Min)}",
        { IncludesMin: true, IncludesMax: true } => $"{Number(range.Min)} to {Number(range.Max)}",
        { IncludesMin: true } => $"{Number(range.Min)} to below {Number(range.Max)}",
        { IncludesMax: true } => $"above {Number(range.Min)} to {Number(range.Max)}",
        _ => $"above {Number(range.Min)} to below {Number(range.Max)}",
    };

    private static string Number(double number) => number switch
    {
        1L << 50 => "1024T",
        >= 10_000 => number.ToString("#,0", CultureInfo.InvariantCulture),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private static string Default(RunFileField field) => field switch
    {
        { IsRequired: true } => "must be given",
        { Default: { } value } => $"`{value}`",
        _ => field.Field.Absent ?? "",
    };
}
