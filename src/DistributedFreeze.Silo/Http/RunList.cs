using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http.Access;
using Orleans.Serialization;

namespace DistributedFreeze.Silo.Http;

/// <summary>Runs as a list: filtered, and page by page.</summary>
internal static class RunList
{
    private const int LongestPage = 1000;

    /// <summary>Runs that are asked at a time.</summary>
    private const int Batch = 100;

    public static async Task<RunPage> ListAsync(
        HttpRequest request,
        IGrainFactory grains,
        [Description("Only runs in this state, such as running; given several times, in any of them.")] string[]? state = null,
        [Description("Only runs with this label, such as team:vision, or team for any value; given several times, with all of them.")] string[]? label = null,
        [Description("Only runs of this owner: the name of a key, or a token's subject.")] string? owner = null,
        [Description("Only runs that were submitted at this time or later, in ISO 8601, such as 2026-01-31T12:00:00Z.")] string? since = null,
        [Description("How many runs at most, 1 to 1000.")] int take = 50,
        [Description("What the page before has as next.")] string? page = null)
    {
        QueryNames.RequireKnown(request, "state", "label", "owner", "since", "take", "page");
        if (take is < 1 or > LongestPage)
        {
            throw new InvalidInputException("take", $"must be 1 to {LongestPage}, got {take}");
        }

        var caller = Callers.Of(request.HttpContext);
        var filter = new RunFilter
        {
            States = States(state ?? []),
            Labels = [.. (label ?? []).Select(LabelFilter.Parse)],
            Owner = owner,
            Since = Time(since),
        };
        var catalogue = grains.GetGrain<ICatalogueGrain>(0);
        var ids = await catalogue.ListAsync(0, int.MaxValue);
        var start = PageToken.Start(page, ids);
        if (filter.IsEmpty)
        {
            var runs = await AskAsync(grains, [.. ids.Skip(start).Take(take)]);
            var last = Math.Min(ids.Length, start + take) - 1;
            return new(Summaries(runs, caller), ids.Length, last < ids.Length - 1 ? PageToken.After(ids, last) : null);
        }

        var found = await FindAsync(grains, await ListedAsync(catalogue, ids, filter), filter, caller);
        var places = ids.Index().ToDictionary(run => run.Item, run => run.Index, StringComparer.Ordinal);
        var rest = found.Where(run => places.TryGetValue(run.Id, out var place) && place >= start).ToList();
        var shown = rest.Take(take).ToList();
        var statuses = await AskAsync(grains, [.. shown.Where(run => run.Status is null).Select(run => run.Id)]);
        var asked = statuses.Concat(shown.Select(run => run.Status).OfType<RunStatus>()).ToDictionary(run => run.RunId, StringComparer.Ordinal);
        return new(
            Summaries(shown.Where(run => asked.ContainsKey(run.Id)).Select(run => asked[run.Id]), caller), found.Count,
            rest.Count > take ? PageToken.After(ids, places[shown[^1].Id]) : null);
    }

    /// <summary>Those that the catalogue's own knowledge of them lets through.</summary>
    private static async Task<ImmutableArray<ListedRun>> ListedAsync(ICatalogueGrain catalogue, ImmutableArray<string> ids, RunFilter filter)
    {
        try
        {
            return await catalogue.FindAsync(filter);
        }
        catch (Exception reason) when (reason is OrleansException or SerializerException || reason.GetType() == typeof(TypeLoadException))
        {
            return [.. ids.Select(id => new ListedRun(id, Traits: null))]; // on a silo of a version that cannot find: all are asked
        }
    }

    /// <summary>Runs are asked for what the catalogue does not know of them: their states, and all of those that an older version entered.</summary>
    /// <remarks>Labels tell only those who may read a run.</remarks>
    private static async Task<List<(string Id, RunStatus? Status)>> FindAsync(IGrainFactory grains, ImmutableArray<ListedRun> listed, RunFilter filter, Caller caller)
    {
        var found = new List<(string Id, RunStatus? Status)>();
        foreach (var some in listed.Chunk(Batch))
        {
            var unknown = some.Where(run => run.Traits is null || !filter.States.IsEmpty).Select(run => run.RunId).ToArray();
            var asked = await AskAsync(grains, unknown);
            var included = asked.Where(run => filter.Includes(run) && (filter.Labels.IsEmpty || RunRights.MayRead(caller, run)))
                .ToDictionary(run => run.RunId, StringComparer.Ordinal);
            foreach (var run in some)
            {
                if (included.TryGetValue(run.RunId, out var status))
                {
                    found.Add((run.RunId, status));
                }
                else if (run.Traits is { } traits && filter.States.IsEmpty && (filter.Labels.IsEmpty || RunRights.MayRead(caller, traits)))
                {
                    found.Add((run.RunId, null));
                }
            }

            if (asked is [.., var oldest] && filter.IsBefore(oldest))
            {
                break; // those that follow are older still
            }
        }

        return found;
    }

    private static async Task<IReadOnlyList<RunStatus>> AskAsync(IGrainFactory grains, string[] ids)
    {
        var found = await Task.WhenAll(ids.Select(FindAsync));
        return [.. found.OfType<RunStatus>()];

        async Task<RunStatus?> FindAsync(string id)
        {
            try
            {
                return await grains.GetGrain<IRunGrain>(id).GetStatusAsync();
            }
            catch (RunNotFoundException)
            {
                return null; // forgotten meanwhile
            }
        }
    }

    private static ImmutableArray<RunSummary> Summaries(IEnumerable<RunStatus> runs, Caller caller) =>
        [.. runs.Select(run => RunSummary.Of(FieldNames.OfJson.In(run), RunRights.MayRead(caller, run)))];

    private static ImmutableArray<RunState> States(string[] words) =>
    [
        .. words.Select(word => RunEnums.State.Find(word)
            ?? throw new InvalidInputException("state", $"must be {string.Join(", ", RunEnums.State.All)}, got '{word}'")),
    ];

    private static DateTimeOffset? Time(string? text) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new InvalidInputException("since", $"must be a time in ISO 8601, such as 2026-01-31T12:00:00Z, got '{text}'");
}
