using System.Collections.Immutable;
using DistributedFreeze.Grains.Coordination;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunKeeperTests
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
        var keeper = new RunKeeper(Stub.Of<ISiloStatusOracle>((_, _) => true), grains, NullLogger<RunKeeper>.Instance);

        await keeper.StartAsync(TestContext.Current.CancellationToken);

        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }
}
