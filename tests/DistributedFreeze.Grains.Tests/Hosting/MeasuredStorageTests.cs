using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Grains.Telemetry;
using DistributedFreeze.Grains.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests.Hosting;

/// <summary>What the store refuses or does not answer is counted, by what it was asked.</summary>
public sealed class MeasuredStorageTests : IDisposable, IStoreProbe
{
    private readonly Readings _readings = new();
    private readonly StoreMetrics _metrics;

    public MeasuredStorageTests() => _metrics = new(_readings.Meters);

    [Fact]
    public async Task EachFailure_IsCounted_AndThrownOn()
    {
        Assert.Equal(["store.failures operation=read 0", "store.failures operation=write 0", "store.failures operation=clear 0", "store.failures operation=ask 0"], _readings.Added());
        var storage = Measured(new TimeoutException());

        await Assert.ThrowsAsync<TimeoutException>(() => storage.ReadStateAsync("s", default, new GrainState<string>()));
        await Assert.ThrowsAsync<TimeoutException>(() => storage.WriteStateAsync("s", default, new GrainState<string>()));
        await Assert.ThrowsAsync<TimeoutException>(() => storage.ClearStateAsync("s", default, new GrainState<string>()));

        Assert.Equal(["store.failures operation=read 1", "store.failures operation=write 1", "store.failures operation=clear 1"], _readings.Added());
    }

    [Fact]
    public async Task WhatIsStored_AndWhatAnotherHasStored_AreNoFailures()
    {
        _readings.Added();

        await Measured(null).WriteStateAsync("s", default, new GrainState<string>());
        await Assert.ThrowsAsync<InconsistentStateException>(() => Measured(new InconsistentStateException("")).WriteStateAsync("s", default, new GrainState<string>()));

        Assert.Empty(_readings.Added());
    }

    [Fact]
    public async Task AStoreThatDoesNotAnswer_IsCountedEachTimeThatItIsAsked()
    {
        _readings.Added();
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        using var end = new CancellationTokenSource();
        var waiting = new StoreWatch(this, time, _metrics).WhenBackAsync(end.Token);

        time.Advance(TimeSpan.FromSeconds(0.5));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        Assert.Equal(["store.failures operation=ask 1", "store.failures operation=ask 1"], _readings.Added());
    }

    [Fact]
    public async Task AStorageThatConnectsWhenTheSiloStarts_StillDoes()
    {
        var inner = Stub.Of<IStorageWithALife>((method, _) => method.Name == "Participate" ? throw new NotSupportedException("took part") : Task.CompletedTask);
        var services = new ServiceCollection().AddKeyedSingleton<IGrainStorage>("runs", (_, _) => inner).AddSingleton(_metrics);
        MeasuredStorage.AddTo(services, "runs");
        await using var provider = services.BuildServiceProvider();

        var storage = provider.GetRequiredKeyedService<IGrainStorage>("runs");

        Assert.Equal("took part", Assert.Throws<NotSupportedException>(() => Assert.IsType<MeasuredStorage>(storage).Participate(null!)).Message);
    }

    Task IStoreProbe.AskAsync(CancellationToken cancellationToken) => Task.FromException(new IOException("away"));

    public void Dispose() => _readings.Dispose();

    private MeasuredStorage Measured(Exception? failure) => new(
        Stub.Of<IGrainStorage>((_, _) => failure is null ? Task.CompletedTask : Task.FromException(failure)), _metrics);

    internal interface IStorageWithALife : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>;
}
