using System.Collections.Immutable;
using DistributedFreeze.Data;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What a person should know of the data set, a sentence each.</summary>
internal static class DataWarnings
{
    public static ImmutableArray<string> Of(DataSet data, bool isWeighted) =>
    [
        .. Line(data.Report.Unreadable, "unreadable and skipped"),
        .. Line(data.Report.Misnamed, "named for another format than the content has, and used all the same"),
        .. Line(data.Report.Ignored, "no image of a known kind, and skipped"),
        .. SplitFolders.Warnings(data.Root),
        .. ClassNames.Warnings(data.Classes),
        .. ClassSizes.Warnings(data, isWeighted),
        .. Copies.Warnings(data),
    ];

    private static IEnumerable<string> Line(ImmutableArray<ReportedFile> files, string what)
    {
        if (!files.IsEmpty)
        {
            var count = files.Length == 1 ? "1 file is" : $"{files.Length} files are";
            yield return $"{count} {what}: {Examples.Of([.. files.Select(file => file.ToString())])}";
        }
    }
}
