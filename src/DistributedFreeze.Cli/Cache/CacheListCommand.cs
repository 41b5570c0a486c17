using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Runs;
using Spectre.Console;

namespace DistributedFreeze.Cli.Cache;

/// <summary><c>dfreeze cache ls</c>: the sets of features, the least recently used first.</summary>
internal sealed class CacheListCommand(CommandConsole console, Option<string?> directory)
{
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    // A folder has no quota of its own: each run brings one.
    private static long DefaultQuota => new FeatureSpec().DiskBytes;

    public Command Build()
    {
        var command = new Command("ls", "Lists the stored sets of features.") { directory, _json };
        command.SetAction(parsed =>
        {
            var folder = CacheCommand.Folder(parsed, directory);
            var sets = folder.List();
            if (parsed.GetValue(_json))
            {
                WriteJson(folder, sets);
            }
            else
            {
                WriteText(folder, sets);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private void WriteJson(FeatureDirectory folder, IReadOnlyList<StoredSet> sets) => console.Output.WriteLine(JsonSerializer.Serialize(
        new { Directory = folder.FullPath, TotalBytes = sets.Sum(set => set.Bytes), DefaultQuotaBytes = DefaultQuota, Sets = sets },
        RunJson.Indented));

    private void WriteText(FeatureDirectory folder, IReadOnlyList<StoredSet> sets)
    {
        if (sets.Count > 0)
        {
            WriteTable(sets);
        }

        console.Output.WriteLine(
            $"{sets.Count} {(sets.Count == 1 ? "set" : "sets")}, {Amount.Bytes(sets.Sum(set => set.Bytes))} in {folder.FullPath}; "
            + $"a run keeps to {DefaultQuota >> 30}G ({Amount.Bytes(DefaultQuota)}) unless it says otherwise");
    }

    private void WriteTable(IReadOnlyList<StoredSet> sets)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var name in (string[])["Set", "Boundary", "Type", "Image size"])
        {
            table.AddColumn(Column(name));
        }

        table.AddColumn(Column("Images").RightAligned());
        table.AddColumn(Column("Bytes").RightAligned());
        table.AddColumn(Column("Last use").PadRight(0));
        foreach (var set in sets)
        {
            string[] cells =
            [
                ShortKey(set),
                Part(set, "boundary"),
                RunEnums.NameOf(set.Type),
                Part(set, "imageSize"),
                set.Images.ToString("#,0", CultureInfo.InvariantCulture),
                Amount.Bytes(set.Bytes),
                set.LastUse.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture),
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        console.Rich().Write(table);
    }

    /// <summary>Enough of a key to tell sets apart.</summary>
    public static string ShortKey(StoredSet set) => set.Key[..12];

    /// <summary>A part of a set's key; a dash where it has none of the name.</summary>
    public static string Part(StoredSet set, string name) => set.Parts.GetValueOrDefault(name, "-");

    private static TableColumn Column(string name) => new(name) { Padding = new Padding(0, 0, 1, 0), NoWrap = true };
}
