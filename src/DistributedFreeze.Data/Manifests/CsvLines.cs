using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data.Manifests;

/// <summary>Reads manifests of separated values: RFC 4180, with commas, semicolons, tabs or bars, whichever the first line has.</summary>
internal static class CsvLines
{
    private const int MostNamed = 10;

    private static readonly CsvConfiguration Form = new(CultureInfo.InvariantCulture)
    {
        DetectDelimiter = true,
        DetectDelimiterValues = [",", ";", "\t", "|"],
        TrimOptions = TrimOptions.Trim,
        MaxFieldSize = ManifestText.LongestField,
        BadDataFound = bad => throw new BadDataException(bad.Field, bad.RawRecord, bad.Context, "a quotation mark stands where none may"),
    };

    /// <exception cref="InvalidInputException">It cannot be read, or lacks a column.</exception>
    public static IEnumerable<ManifestLine> Read(string path)
    {
        using var text = new BoundedText(ManifestText.Open(path));
        using var csv = new CsvParser(text, Form);
        var name = Path.GetFileName(path);
        var names = Next(csv, text, name) ?? throw new InvalidInputException(name, $"is empty; {ManifestFields.Right}");
        var columns = Columns.Of(names);
        if (columns is null)
        {
            throw new InvalidInputException(name, $"lacks a column, having {string.Join(", ", names.Take(MostNamed))}; {ManifestFields.Right}");
        }

        if (ManifestFields.Ambiguous(names) is { } twice)
        {
            throw new InvalidInputException(name, $"has more than one column that may be the same: {twice}; leave one, or rename the others");
        }

        if (names.Contains(ManifestFields.Weight, StringComparer.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(name, ManifestFields.WeightRefusal);
        }

        while (Next(csv, text, name) is { } record)
        {
            yield return new(csv.RawRow, At(record, columns.File), At(record, columns.Label), columns.Split is { } split ? At(record, split) ?? "" : null);
        }
    }

    public static bool HasLabels(string path)
    {
        using var text = new BoundedText(ManifestText.Open(path));
        using var csv = new CsvParser(text, Form);
        return Next(csv, text, Path.GetFileName(path)) is { } names && Columns.Of(names) is not null;
    }

    private static string? At(string[] record, int column) => column < record.Length && record[column].Length > 0 ? record[column] : null;

    /// <returns>The next record; null at the end.</returns>
    private static string[]? Next(CsvParser csv, BoundedText text, string name)
    {
        try
        {
            text.Allow(ManifestText.LongestLine);
            return csv.Read() ? csv.Record : null; // a field is looked at when it is asked for
        }
        catch (Exception bad) when (bad is CsvHelperException or IOException or InvalidDataException or System.Text.DecoderFallbackException)
        {
            throw new InvalidInputException($"{name}:{csv.RawRow}", ManifestText.Why(bad));
        }
    }

    private sealed record Columns(int File, int Label, int? Split)
    {
        /// <returns>Null where a needed one is missing.</returns>
        public static Columns? Of(string[] names) =>
            ManifestFields.Find(ManifestFields.File, names) is { } file && ManifestFields.Find(ManifestFields.Label, names) is { } label
                ? new(Array.IndexOf(names, file), Array.IndexOf(names, label), ManifestFields.Find(ManifestFields.Split, names) is { } split ? Array.IndexOf(names, split) : null)
                : null;
    }
}
