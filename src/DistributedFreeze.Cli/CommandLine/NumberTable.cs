using Spectre.Console;

namespace DistributedFreeze.Cli.CommandLine;

/// <summary>A table whose first column names the rows, and whose others are numbers.</summary>
internal static class NumberTable
{
    /// <summary>A table without rows.</summary>
    /// <param name="names">What stands above the columns.</param>
    public static Table Of(params IReadOnlyList<string> names)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var (i, name) in names.Index())
        {
            var column = new TableColumn(new Text(name)) { Padding = new Padding(0, 0, 1, 0), NoWrap = true };
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        return table;
    }

    /// <summary>One more row, of texts in which no markup counts.</summary>
    public static void AddTexts(this Table table, params IReadOnlyList<string> cells) => table.AddRow(cells.Select(cell => new Text(cell)));
}
