using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Grains.Coordination;
using Microsoft.Extensions.Logging.Abstractions;

namespace DistributedFreeze.Grains.Tests.Coordination;

public sealed class RunKeeperTests
{
    [Fact]
    public async Task ARunThatFailsOrDoesNotAnswer_KeepsNoOtherOneWaiting()
    {
        var asked = new TaskCompletionSource();
        var grains = Stub<IGrainFactory>((_, args) => args[0] switch
        {
            "fails" => Stub<IRunGrain>((_, _) => Task.FromException(new InvalidDataException("its state cannot be read"))),
            "hangs" => Stub<IRunGrain>((_, _) => new TaskCompletionSource().Task),
            "is well" => Stub<IRunGrain>((_, _) =>
            {
                asked.SetResult();
                return Task.CompletedTask;
            }),
            _ => Stub<ICatalogueGrain>((_, _) => Task.FromResult(ImmutableArray.Create("fails", "hangs", "is well"))),
        });
        var keeper = new RunKeeper(Stub<ISiloStatusOracle>((_, _) => true), grains, NullLogger<RunKeeper>.Instance);

        await keeper.StartAsync(TestContext.Current.CancellationToken);

        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    private static T Stub<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var stub = DispatchProxy.Create<T, Answering>();
        ((Answering)(object)stub).Answer = answer;
        return stub;
    }

    /// <summary>Answers every call by one function.</summary>
    public class Answering : DispatchProxy
    {
        internal Func<MethodInfo, object?[], object?> Answer { get; set; } = (_, _) => null;

        /// <inheritdoc/>
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!, args ?? []);
    }
}
