using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Checks;

namespace DistributedFreeze.Cli.DataChecks;

/// <summary>What a check found, for a person.</summary>
internal static class DataCheckText
{
    private const int Named = 10;
    private const int Members = 4;
    private const int MostClasses = 40;

    /// <param name="console">Where to write.</param>
    /// <param name="check">What was found.</param>
    /// <param name="split">The percentages or folds that were asked for; null where the split does not go by content.</param>
    public static void Write(CommandConsole console, DataCheck check, string? split)
    {
        var output = console.Output;
        output.WriteLine(Invariant($"{check.Path}: {check.Images.Count:N0} images of {check.Classes.Length:N0} classes"));
        if (check.Classes.Length <= MostClasses)
        {
            var table = NumberTable.Of("Class", "Train", "Validation", "Test");
            foreach (var one in check.Classes)
            {
                table.AddTexts(one.Name, Count(one.Train), Count(one.Validation), Count(one.Test));
            }

            console.Rich().Write(table);
        }

        if (split is not null)
        {
            output.WriteLine($"Split {split} by content came out as {Shares(check.Classes)} %");
        }

        output.WriteLine(Looks(check.Images));
        foreach (var warning in check.Warnings)
        {
            console.Warn(warning);
        }

        Files(console, check.Unreadable, "left out, since it cannot be read", "left out, since they cannot be read");
        Files(console, check.Misnamed, "named for another format than it has, and used all the same", "named for another format than they have, and used all the same");
        Files(console, check.Ignored, "not looked into", "not looked into");
        Groups(console, check.Duplicates, "Duplicates", "of the same content within a group");
        if (check.NearDuplicates is { } near)
        {
            Groups(console, near, "Near duplicates", "nearly the same to the frozen base within a group");
        }

        Labels(console, check);
        if (check.NearDuplicates is null)
        {
            output.WriteLine("Near duplicates and labels were not looked at: these take --weights FILE.");
        }
    }

    /// <summary>What part of the images is in which split, in percent.</summary>
    private static string Shares(ImmutableArray<CheckedClass> classes)
    {
        int[] counts = [classes.Sum(one => one.Train), classes.Sum(one => one.Validation), classes.Sum(one => one.Test)];
        return string.Join('/', counts.Select(count => Invariant($"{100.0 * count / counts.Sum():F1}")));
    }

    public static string Looks(ImageStatistics images)
    {
        var size = images.Smallest == images.Largest ? $"All are {images.Median} pixels" : $"{images.Smallest} to {images.Largest} pixels, the median {images.Median}";
        ImmutableArray<string> more =
        [
            .. images.Enlarged > 0 ? [Invariant($"{images.Enlarged:N0} smaller than the network's input")] : Array.Empty<string>(),
            .. images.Turned > 0 ? [Invariant($"{images.Turned:N0} turned upright by EXIF")] : Array.Empty<string>(),
            .. images.Transparent > 0 ? [Invariant($"{images.Transparent:N0} with transparent pixels, drawn on white")] : Array.Empty<string>(),
        ];
        return $"{size}; {Kinds(images.Formats)}; {Kinds(images.Colors)}{string.Concat(more.Select(one => $"; {one}"))}";
    }

    /// <summary>How many groups there are, and how many of them do harm.</summary>
    public static string Counted(ImmutableArray<DuplicateGroup> groups) => Invariant(
        $"{groups.Sum(group => group.Images.Length):N0} images in {groups.Length:N0} group{(groups.Length == 1 ? "" : "s")}, {groups.Count(group => group.CrossesSplits):N0} across splits and {groups.Count(group => group.CrossesClasses):N0} across classes");

    public static string SplitName(Split split) => split switch
    {
        Split.Train => "train",
        Split.Validation => "val",
        _ => "test",
    };

    private static string Kinds(ImmutableArray<CountedKind> kinds) => string.Join(", ", kinds.Select(kind => Invariant($"{kind.Count:N0} {kind.Name}")));

    private static void Files(CommandConsole console, ImmutableArray<ReportedFile> files, string one, string many)
    {
        if (files.IsEmpty)
        {
            return;
        }

        console.Output.WriteLine(files.Length == 1 ? $"1 file is {one}:" : Invariant($"{files.Length:N0} files are {many}:"));
        Lines(console, files, file => $"  {file}");
    }

    private static void Groups(CommandConsole console, ImmutableArray<DuplicateGroup> groups, string title, string what)
    {
        if (groups.IsEmpty)
        {
            console.Output.WriteLine($"{title}: none");
            return;
        }

        console.Output.WriteLine(Invariant($"{title}: {Counted(groups)}, {what}"));
        Lines(console, groups, group => $"  {(group.Similarity is { } cosine ? Invariant($"{cosine:F3}  ") : "")}{Paths(group)}");
    }

    private static string Paths(DuplicateGroup group)
    {
        var named = string.Join("  ", group.Images.Take(Members).Select(image => $"{image.Path}{(group.CrossesSplits ? $" ({SplitName(image.Split)})" : "")}"));
        return group.Images.Length > Members ? Invariant($"{named}  and {group.Images.Length - Members:N0} more") : named;
    }

    private static void Labels(CommandConsole console, DataCheck check)
    {
        if (check.Labels is not { } labels)
        {
            if (check.NearDuplicates is not null)
            {
                console.Output.WriteLine("Labels: not looked at, since there are fewer than 5 images per class, or too many classes");
            }

            return;
        }

        if (labels.IsEmpty)
        {
            console.Output.WriteLine("Labels: no image looks like another class than its own");
            return;
        }

        console.Output.WriteLine(Invariant($"Labels: {labels.Length:N0} of {check.Images.Count:N0} images look like another class to classifiers that have not seen them; look at these first:"));
        Lines(console, labels, label => Invariant($"  {label.Image.Path} is {label.Image.Class} ({100 * label.Given:F1} %), looks like {label.LooksLike} ({100 * label.Other:F1} %)"));
    }

    private static void Lines<T>(CommandConsole console, ImmutableArray<T> all, Func<T, string> line)
    {
        foreach (var one in all.Take(Named))
        {
            console.Output.WriteLine(line(one));
        }

        if (all.Length > Named)
        {
            console.Output.WriteLine(Invariant($"  and {all.Length - Named:N0} more, which --json and --report name"));
        }
    }

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
