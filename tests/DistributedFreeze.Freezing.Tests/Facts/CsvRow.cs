using System.Globalization;

namespace DistributedFreeze.Freezing.Tests.Facts;

/// <summary>One line of a fact sheet without quoted cells; the columns are found by name.</summary>
internal sealed class CsvRow(string[] header, string line)
{
    private readonly string[] _cells = line.Split(',');

    public string this[string column] => _cells[Array.IndexOf(header, column)];

    public long Whole(string column) => long.Parse(this[column], CultureInfo.InvariantCulture);

    public double Real(string column) => double.Parse(this[column], CultureInfo.InvariantCulture);

    public static List<CsvRow> Read(string file)
    {
        var lines = File.ReadAllLines(SharedFolder.Require(file));
        var header = lines[0].Split(',');
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => new CsvRow(header, line))];
    }
}
