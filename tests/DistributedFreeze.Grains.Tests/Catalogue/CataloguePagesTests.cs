using DistributedFreeze.Grains.Catalogue;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Tests.Events;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Catalogue;

/// <summary>The list of runs: what a change of it costs does not rise with how many there are.</summary>
public sealed class CataloguePagesTests : IStoreProbe, IDisposable
{
    private static readonly GrainId Id = GrainId.Create("catalogue", "0");

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly SiloDeparture _departure = new();
    private readonly RetryingStore _patience;
    private readonly CountedStorage _storage;

    public CataloguePagesTests()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        _patience = new(new StoreWatch(this, time), _departure, time, NullLogger<RetryingStore>.Instance);
        _storage = new(_services.GetRequiredService<Serializer>());
    }

    [Fact]
    public async Task ARun_TakesAsManyBytesAfterThousandsAsAfterAHundred()
    {
        var runs = await PagesAsync(CataloguePage.Size);
        await AddAsync(runs, 0, CataloguePage.Size);
        var early = await AddAsync(runs, CataloguePage.Size, 2 * CataloguePage.Size);
        await runs.AddAsync(Enumerable.Range(2 * CataloguePage.Size, 48 * CataloguePage.Size).Select(Run));
        var late = await AddAsync(runs, 50 * CataloguePage.Size, 51 * CataloguePage.Size);
        var writes = _storage.Written.Count;
        await runs.MarkAsync(Run(70).RunId, unfinished: false);

        Assert.Equal(early, late);
        Assert.Equal(["catalogue-0"], _storage.Written[writes..]);
    }

    [Fact]
    public async Task SomebodysUnfinishedRuns_AreCounted_AlsoByWhoComesNext()
    {
        var runs = await PagesAsync();
        await runs.AddAsync([new("a1", Unfinished: true, "alice"), new("a2", Unfinished: true, "alice"), new("b1", Unfinished: true, "bob"), new("n1", Unfinished: true)]);
        Assert.Equal((false, true, true), (runs.HasRoom("alice", 2, "a3"), runs.HasRoom("alice", 3, "a3"), runs.HasRoom("bob", 2, "b2")));
        Assert.True(runs.HasRoom("alice", 2, "a2")); // the same one again

        await runs.MarkAsync("a1", unfinished: false);
        Assert.True(runs.HasRoom("alice", 2, "a3"));
        await runs.MarkAsync("a1", unfinished: true);

        Assert.False((await PagesAsync()).HasRoom("alice", 2, "a3"));
    }

    [Fact]
    public async Task WhatIsKnownAlready_IsNotWrittenAgain()
    {
        var runs = await PagesAsync();
        await AddAsync(runs, 0, 5);
        var writes = _storage.Written.Count;

        await AddAsync(runs, 2, 4);
        await runs.MarkAsync(Run(2).RunId, unfinished: true);
        await runs.MarkAsync("nobody", unfinished: true);
        await runs.RemoveAsync("nobody");

        Assert.Equal(writes, _storage.Written.Count);
    }

    [Fact]
    public async Task WhoComesNext_FindsEveryRunInOrder()
    {
        var runs = await PagesAsync();
        await AddAsync(runs, 0, 10);
        await runs.MarkAsync(Run(3).RunId, unfinished: false);
        await runs.MarkAsync(Run(7).RunId, unfinished: false);
        await runs.MarkAsync(Run(7).RunId, unfinished: true);
        for (var gone = 4; gone < 8; gone++)
        {
            await runs.RemoveAsync(Run(gone).RunId); // a page with none left among them
        }

        await runs.AddAsync([Run(4)]);

        foreach (var known in new[] { runs, await PagesAsync() })
        {
            Assert.Equal(Ids(4, 9, 8, 3, 2, 1, 0), known.Latest);
            Assert.Equal(Ids(0, 1, 2, 8, 9, 4), known.Unfinished);
        }
    }

    [Fact]
    public async Task WhatAnOlderVersionStored_KeepsItsOrderAndWhoGoesOn()
    {
        var old = new CatalogueState { RunIds = ["one", "two", "three"], Unfinished = ["three", "one"] };
        var runs = await PagesAsync();

        await runs.AddAsync(old.Entries);
        await runs.AddAsync(old.Entries); // lost before it was noted that this is done

        Assert.Equal(["three", "two", "one"], (await PagesAsync()).Latest);
        Assert.Equal(["one", "three"], (await PagesAsync()).Unfinished);
    }

    [Fact]
    public async Task AFilter_LeavesOutWhatCannotBeMeant_AndKeepsWhatNobodyDescribed()
    {
        var runs = await PagesAsync();
        await runs.AddAsync([Run(0)]); // of a version that kept no traits
        await runs.AddAsync([Described(1, "vision"), Described(2, "audio"), Described(3, "vision"), Described(4, "vision")]);
        await runs.MarkAsync(Run(3).RunId, unfinished: false);

        foreach (var known in new[] { runs, await PagesAsync() })
        {
            Assert.Equal(Ids(4, 3, 1, 0), Find(known, new() { Labels = [new("team", "vision")] }));
            Assert.Equal(Ids(4, 1, 0), Find(known, new() { Labels = [new("team", "vision")], States = [RunState.Running] }));
            Assert.Equal(Ids(4, 3, 0), Find(known, new() { Since = DateTimeOffset.UnixEpoch.AddDays(3) }));
            Assert.Equal(Ids(2, 0), Find(known, new() { Owner = "alice", Labels = [new("team", "audio")] }));
            Assert.Equal(Ids(0), Find(known, new() { Owner = "bob" }));
            Assert.Equal(["vision", null], known.Find(new() { Labels = [new("team", "vision")] }).TakeLast(2).Select(run => run.Traits?.Labels.Find("team")));
        }

        static IEnumerable<string> Find(CataloguePages known, RunFilter filter) => known.Find(filter).Select(run => run.RunId);
    }

    [Fact]
    public async Task ARunThatWasAddedForItsOwner_GetsItsTraitsOnce_AndKeepsThemWhenItEnds()
    {
        var runs = await PagesAsync();
        await runs.AddAsync([Run(1) with { Owner = "alice" }]);

        await runs.DescribeAsync(Run(1).RunId, Described(1, "vision").Traits!);
        await runs.DescribeAsync("nobody", Described(1, "audio").Traits!);
        await runs.MarkAsync(Run(1).RunId, unfinished: false);

        var known = await PagesAsync();
        Assert.Equal("vision", Assert.Single(known.Find(new())).Traits!.Labels.Find("team"));
        Assert.False(known.HasRoom("alice", 0, "another"));
    }

    [Fact]
    public async Task WhatAStartLeftOfWhichNothingWasStored_GivesWayToTheNextOne()
    {
        var runs = await PagesAsync();
        await runs.AddOwnedAsync("r", "alice");
        await runs.DescribeAsync("r", Described(1, "vision").Traits!);
        Assert.False(runs.HasRoom("alice", 1, "another"));

        await runs.AddOwnedAsync("r", "alice"); // once more, by the same
        await runs.DescribeAsync("r", Described(1, "speech").Traits!);
        Assert.False(runs.HasRoom("alice", 1, "another"));

        await runs.AddOwnedAsync("r", "bob");
        await runs.DescribeAsync("r", Described(1, "audio").Traits!);
        Assert.Equal((true, false), (runs.HasRoom("alice", 1, "another"), runs.HasRoom("bob", 1, "another")));
        Assert.Equal("audio", Assert.Single(runs.Find(new())).Traits!.Labels.Find("team"));

        await runs.DescribeAsync("r", Described(1, "vision").Traits!); // of somebody without a quota
        Assert.True(runs.HasRoom("bob", 1, "another"));
    }

    [Fact]
    public async Task OfTwoThatTakeThemselvesForTheCatalogue_OneWrites()
    {
        var (one, other) = (await PagesAsync(), await PagesAsync());
        await one.AddAsync([Run(0)]);

        await Assert.ThrowsAsync<InconsistentStateException>(() => other.AddAsync([Run(1)]));

        Assert.Equal([Run(0).RunId], (await PagesAsync()).Latest);
    }

    public void Dispose() => _services.Dispose();

    Task IStoreProbe.AskAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<CataloguePages> PagesAsync(int size = 4)
    {
        var pages = new CataloguePages(_storage, _patience, Id, size);
        await pages.RestoreAsync();
        return pages;
    }

    /// <returns>The bytes that were written.</returns>
    private async Task<long> AddAsync(CataloguePages runs, int from, int to)
    {
        var bytes = _storage.Bytes;
        for (var number = from; number < to; number++)
        {
            await runs.AddAsync([Run(number)]);
        }

        return _storage.Bytes - bytes;
    }

    private static IEnumerable<string> Ids(params int[] numbers) => numbers.Select(number => Run(number).RunId);

    private static CatalogueEntry Run(int number) => new($"run-{number:D6}", Unfinished: true);

    private static CatalogueEntry Described(int number, string team) => Run(number) with
    {
        Traits = new() { Labels = RunLabels.Of(new() { ["team"] = team }), Owner = "alice", SubmittedAt = DateTimeOffset.UnixEpoch.AddDays(number) },
    };
}
