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
        .. Line(report.Misnamed, "named for another format than they have, and used all the same"),
        .. Line(report.Ignored, "no images that can be read, and skipped"),
    ];

    private static IEnumerable<string> Line(ImmutableArray<ReportedFile> files, string what)
    {
        if (!files.IsEmpty)
        {
            var more = files.Length > Named ? $" and {files.Length - Named} more" : "";
            yield return $"{files.Length} files are {what}: {string.Join(", ", files.Take(Named))}{more}";
        }
    }
}
