using System.Collections.Immutable;
using DistributedFreeze.Training.Data;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a person should know of the data set, a sentence each.</summary>
internal static class DataWarnings
{
    private const int Named = 5;

    public static ImmutableArray<string> Of(DataReport report) =>
    [
        .. Line(report.Unreadable, "unreadable and skipped"),
        .. Line(report.Misnamed, "named for another format than the content has, and used all the same"),
        .. Line(report.Ignored, "no image of a known kind, and skipped"),
    ];

    private static IEnumerable<string> Line(ImmutableArray<ReportedFile> files, string what)
    {
        if (!files.IsEmpty)
        {
            var more = files.Length > Named ? $" and {files.Length - Named} more" : "";
            var count = files.Length == 1 ? "1 file is" : $"{files.Length} files are";
            yield return $"{count} {what}: {string.Join(", ", files.Take(Named))}{more}";
        }
    }
}
