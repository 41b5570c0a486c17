using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class OrphanRecoveryTests
{
    [Fact]
    public async Task ARunThatFailsOrDoesNotAnswer_KeepsNoOtherOneWaiting()
    {
        var asked = new TaskCompletionSource();
        var grains = Stub.Of<IGrainFactory>((_, args) => args[0] switch
        {
            "fails" => Stub.Of<IRunGrain>((_, _) => Task.FromException(new InvalidDataException("its state cannot be read"))),
            "hangs" => Stub.Of<IRunGrain>((_, _) => new TaskCompletionSource().Task),
            "is well" => Stub.Of<IRunGrain>((_, _) =>
            {
                asked.SetResult();
                return Task.CompletedTask;
            }),
            _ => Stub.Of<ICatalogueGrain>((_, _) => Task.FromResult(ImmutableArray.Create("fails", "hangs", "is well"))),
        });
        using var keeper = new OrphanRecovery(Stub.Of<ISiloStatusOracle>((_, _) => true), grains, TimeProvider.System, NullLogger<OrphanRecovery>.Instance);

        await keeper.StartAsync(TestContext.Current.CancellationToken);

        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task ALookThatFails_IsRepeatedUntilAllIsWell()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var looks = 0;
        var grains = Stub.Of<IGrainFactory>((_, _) => Stub.Of<ICatalogueGrain>((_, _) => ++looks < 4
            ? Task.FromException<ImmutableArray<string>>(new IOException("the store is away"))
            : Task.FromResult(ImmutableArray<string>.Empty)));
        using var keeper = new OrphanRecovery(Stub.Of<ISiloStatusOracle>((_, _) => true), grains, time, NullLogger<OrphanRecovery>.Instance);

        await keeper.StartAsync(TestContext.Current.CancellationToken);
        for (var (second, expected) = (0, new[] { 1, 2, 2, 3, 3, 3, 3, 4, 4 }); second < expected.Length; second++)
        {
            Assert.Equal(expected[second], looks);
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task ACoordinatorThatHasGivenUp_IsLookedAfterInASecond()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var looks = 0;
        var grains = Stub.Of<IGrainFactory>((_, _) => Stub.Of<ICatalogueGrain>((_, _) =>
        {
            looks++;
            return Task.FromResult(ImmutableArray<string>.Empty);
        }));
        using var keeper = new OrphanRecovery(Stub.Of<ISiloStatusOracle>((_, _) => true), grains, time, NullLogger<OrphanRecovery>.Instance);

        keeper.LookAgain();
        Assert.Equal(0, looks);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, looks);
        await keeper.StopAsync(TestContext.Current.CancellationToken);
        keeper.LookAgain();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, looks);
    }
}
