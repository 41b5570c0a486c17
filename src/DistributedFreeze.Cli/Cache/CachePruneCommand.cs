using System.CommandLine;
using System.Globalization;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Specs;

namespace DistributedFreeze.Cli.Cache;

/// <summary><c>dfreeze cache prune</c>: removes whole sets that nobody uses, the least recently used first.</summary>
internal sealed class CachePruneCommand(CommandConsole console, Option<string?> directory, TimeProvider time)
{
    private readonly Option<string?> _to = new("--to") { Description = "Until this much is left, such as 500M or 20G", HelpName = "BYTES" };
    private readonly Option<string?> _olderThan = new("--older-than") { Description = "Those that were not used for this many days", HelpName = "DAYS" };
    private readonly Option<bool> _all = new("--all") { Description = "Every set" };

    public Command Build()
    {
        var command = new Command("prune", "Removes whole sets that nobody uses, the least recently used first.") { directory, _to, _olderThan, _all };
        command.SetAction(parsed =>
        {
            var folder = CacheCommand.Folder(parsed, directory);
            var (sets, indexes) = Chosen(parsed);
            var code = Prune(folder, sets);
            if (indexes(folder) is > 0 and var forgotten)
            {
                console.Output.WriteLine($"forgot which images can be read in {forgotten} data {(forgotten == 1 ? "folder" : "folders")}: the next run reads them again");
            }

            return code;
        });
        return command;
    }

    /// <summary>Says of a set, and of the bytes that all sets take before it goes, whether it goes; and forgets what is known of images.</summary>
    /// <exception cref="InvalidInputException">None or several of the three options are given, or one has a bad value.</exception>
    private (Func<StoredSet, long, bool> Sets, Func<FeatureDirectory, int> Indexes) Chosen(ParseResult parsed) => (parsed.GetValue(_to), parsed.GetValue(_olderThan), parsed.GetValue(_all)) switch
    {
        ({ } to, null, false) when Bytes(to) is var limit => ((_, total) => total > limit, _ => 0),
        (null, { } days, false) when time.GetUtcNow() - Days(days) is var limit => ((set, _) => set.LastUse < limit, directory => directory.ForgetImages(limit)),
        (null, null, true) => ((_, _) => true, directory => directory.ForgetImages(unusedSince: null)),
        _ => throw new InvalidInputException("prune", "needs one of --to BYTES, --older-than DAYS and --all"),
    };

    private long Bytes(string text) => ByteSize.TryParse(text, out var bytes) && bytes >= 0
        ? bytes
        : throw new InvalidInputException(_to.Name, $"must be a size such as 500M or 20G, got '{text}'");

    private TimeSpan Days(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days) && days <= 36_500
            ? TimeSpan.FromDays(days)
            : throw new InvalidInputException(_olderThan.Name, $"must be a number of days from 0 to 36500, got '{text}'");

    private int Prune(FeatureDirectory folder, Func<StoredSet, long, bool> chosen)
    {
        var sets = folder.List();
        var total = sets.Sum(set => set.Bytes);
        var all = 0L;
        var removed = 0;
        foreach (var set in sets)
        {
            if (!chosen(set, total))
            {
                continue;
            }

            var name = $"{CacheListCommand.ShortKey(set)} ({CacheListCommand.Part(set, "boundary")}, {set.Images} images)";
            if (folder.TryRemove(set, out var freed))
            {
                console.Output.WriteLine($"removed {name}: {Amount.Bytes(freed)}");
                total -= set.Bytes;
                all += freed;
                removed++;
            }
            else
            {
                console.Output.WriteLine($"kept {name}: it is in use");
            }
        }

        console.Output.WriteLine($"freed {Amount.Bytes(all)} in {removed} {(removed == 1 ? "set" : "sets")}; {Amount.Bytes(total)} are left in {folder.FullPath}");
        return ExitCode.Ok;
    }
}
