using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Epochs;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Tests.Events;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Epochs;

/// <summary>A run's epochs are appended to what is stored: what an epoch costs does not rise with those before it.</summary>
public sealed class EpochPagesTests : IStoreProbe, IDisposable
{
    private static readonly GrainId Run = GrainId.Create("run", "paged");

    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();
    private readonly SiloDeparture _departure = new();
    private readonly RetryingStore _patience;
    private readonly CountedStorage _storage;
    private readonly GrainState<RunRecord> _record = new(new());

    public EpochPagesTests()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        _patience = new(new StoreWatch(this, time), _departure, time, NullLogger<RetryingStore>.Instance);
        _storage = new(_services.GetRequiredService<Serializer>());
    }

    [Fact]
    public async Task AnEpoch_TakesAsManyBytesAndWritesAfterThousandsAsAfterAHundred()
    {
        var pages = Pages();
        var (early, earlyWrites) = await CostAsync(pages, from: 100, to: 420);
        var (late, lateWrites) = await CostAsync(pages, from: 5000, to: 5320);

        Assert.InRange((double)late / early, 0.95, 1.05);
        Assert.Equal(earlyWrites, lateWrites);
        Assert.InRange(lateWrites, 320, 320 * 33 / 32);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(100)]
    public async Task WhoComesNext_FindsEveryEpochOnce(int epochs)
    {
        var pages = Pages();
        for (var done = 1; done <= epochs; done++)
        {
            await StoreAsync(pages, Progress(done));
        }

        var next = await Pages().RestoreAsync(_record.State!.Progress);

        Assert.Equal(Epochs(epochs), next.Epochs);
        Assert.Equal(0, next.EpochsBefore);
        Assert.Equal(epochs % EpochPage.Size, _record.State.Progress.Epochs.Length);
    }

    [Fact]
    public async Task EpochsThatComeAllAtOnce_AsFromAnOlderVersion_GoIntoPages()
    {
        var pages = Pages();
        Assert.Equal(Epochs(70), (await pages.RestoreAsync(Progress(70))).Epochs);

        await StoreAsync(pages, Progress(71));

        Assert.Equal(["epochs-0", "epochs-1", "run"], _storage.Stored);
        Assert.Equal(Epochs(71), (await Pages().RestoreAsync(_record.State!.Progress)).Epochs);
    }

    [Fact]
    public async Task ARunThatIsSetBack_HasTheEpochsOfItsSecondAttempt()
    {
        var pages = Pages();
        await StoreAsync(pages, Progress(100));
        var again = Progress(40) with { Epochs = [.. Epochs(40), .. Epochs(100)[40..].Select(epoch => epoch with { Seconds = 9 })] };

        await StoreAsync(pages, again with { Epochs = again.Epochs[..50] });
        Assert.Equal(again.Epochs[..50], (await Pages().RestoreAsync(_record.State!.Progress)).Epochs);
        await StoreAsync(pages, again);

        Assert.Equal(again.Epochs, (await Pages().RestoreAsync(_record.State!.Progress)).Epochs);
    }

    [Fact]
    public async Task APageWhoseRecordWasNotStored_IsWrittenAnewByWhoComesNext()
    {
        var pages = Pages();
        await StoreAsync(pages, Progress(31));
        await pages.StoreAsync(Progress(32) with { Epochs = [.. Epochs(31), Epoch(31) with { Seconds = 9 }] }); // and then it is lost

        var next = Pages();
        await next.RestoreAsync(_record.State!.Progress);
        await StoreAsync(next, Progress(33));

        Assert.Equal(Epochs(33), (await Pages().RestoreAsync(_record.State.Progress)).Epochs);
    }

    [Fact]
    public async Task ACoordinatorThatWasReplaced_WritesOverNoPageOfItsSuccessor()
    {
        var old = Pages();
        await StoreAsync(old, Progress(31));
        var next = Pages();
        await next.RestoreAsync(_record.State!.Progress);
        await StoreAsync(next, Progress(32));

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.StoreAsync(Progress(32) with { Epochs = [.. Epochs(31), Epoch(31) with { Seconds = 9 }] }));

        Assert.Equal(Epochs(32), (await Pages().RestoreAsync(_record.State.Progress)).Epochs);
    }

    [Fact]
    public async Task PagesThatAreGone_AreNotPassedOver()
    {
        var pages = Pages();
        await StoreAsync(pages, Progress(70));
        await pages.ClearAsync();

        var missing = await Assert.ThrowsAsync<InvalidOperationException>(() => Pages().RestoreAsync(_record.State!.Progress));

        Assert.Equal("Of the 64 epochs of run paged that are stored in pages only 0 are there.", missing.Message);
        Assert.Equal(["run"], _storage.Stored);
    }

    public void Dispose() => _services.Dispose();

    Task IStoreProbe.AskAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private EpochPages Pages() => new(_storage, _patience, Run);

    /// <summary>As a coordinator does: the pages, then the record that counts on them.</summary>
    private async Task StoreAsync(EpochPages pages, RunProgress progress)
    {
        _record.State = new() { Progress = await pages.StoreAsync(progress) };
        await _storage.WriteStateAsync("run", Run, _record);
        pages.Keep(progress);
        Assert.Equal(progress.Epochs, pages.Kept);
    }

    private async Task<(long Bytes, int Writes)> CostAsync(EpochPages pages, int from, int to)
    {
        await StoreAsync(pages, Progress(from));
        var (bytes, writes) = (_storage.Bytes, _storage.Written.Count);
        for (var done = from + 1; done <= to; done++)
        {
            await StoreAsync(pages, Progress(done));
        }

        return (_storage.Bytes - bytes, _storage.Written.Count - writes);
    }

    private static RunProgress Progress(int epochs) => new() { Epoch = epochs, Epochs = Epochs(epochs) };

    private static ImmutableArray<EpochResult> Epochs(int count) => [.. Enumerable.Range(0, count).Select(Epoch)];

    private static EpochResult Epoch(int number) => new()
    {
        Phase = 0,
        Epoch = number,
        TrainLoss = 1.0 / (number + 3),
        TrainAccuracy = 0.7,
        ValidationLoss = 1.0 / (number + 2),
        ValidationAccuracy = 0.6,
        Seconds = 1.23,
        ImagesPerSecond = 456.7,
    };
}
