using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Replicas;
using DistributedFreeze.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Grains.Tests.Replicas;

public sealed class GrainReplicaTests
{
    private const string Device = "10.89.0.12:11111@154530821/cpu:0";
    private const string RunId = "cats";

    [Fact]
    public async Task ASiloThatIsGone_IsToldInOurWords_AndInOrleansOwnForDebuggingOnly()
    {
        var gone = new SiloUnavailableException("The target silo became unavailable for message: Request [S1 run/r1]->[S2].");
        var log = new Lines();
        var replica = new GrainReplica(Failing(gone), Device, RunId, TimeProvider.System, () => false, log);

        var lost = await Assert.ThrowsAsync<ReplicaLostException>(replica.StopAsync);

        Assert.Equal($"{Device} does not answer: its silo is gone", lost.Message);
        Assert.True(lost.IsUnreachable);
        Assert.Contains((LogLevel.Debug, $"{Device} has not answered: StopAsync", gone), log.Seen);
        Assert.All(log.Seen, line => Assert.Equal(LogLevel.Debug, line.Level));
    }

    [Fact]
    public async Task AReplicaWhoseSiloHasLeft_IsLostAtOnce_AndNobodyLooksForIt()
    {
        var (calls, hasLeft) = (0, false);
        var grain = Stub.Of<IReplicaGrain>((_, _) =>
        {
            calls++;
            return Task.CompletedTask;
        });
        var replica = new GrainReplica(grain, Device, RunId, TimeProvider.System, () => hasLeft, new Lines());
        await replica.StopAsync();

        hasLeft = true;
        var lost = await Assert.ThrowsAsync<ReplicaLostException>(replica.StopAsync);

        Assert.Equal($"{Device} does not answer: its silo is gone", lost.Message);
        Assert.True(lost.IsUnreachable);
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task WhatTheReplicaItselfSays_IsPassedOn()
    {
        var failed = new ReplicaLostException("ExternalException on cpu:0: out of memory");
        var replica = new GrainReplica(Failing(failed), Device, RunId, TimeProvider.System, () => false, new Lines());

        Assert.Same(failed, await Assert.ThrowsAsync<ReplicaLostException>(replica.StopAsync));
    }

    [Fact]
    public async Task AnAnswerThatWasLost_IsMissedOnceTheReplicaIsIdle()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var replica = new GrainReplica(Grain(new TaskCompletionSource<ReplicaPosition?>().Task, () => Task.FromResult(false)), Device, RunId, time, () => false, new Lines());

        var asked = replica.ReportAsync(TestContext.Current.CancellationToken);
        while (!asked.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var lost = await Assert.ThrowsAsync<ExchangeBrokenException>(() => asked);
        Assert.Equal($"An answer of {Device} was lost on the way.", lost.Message);
    }

    [Fact]
    public async Task OnceAnAnswerIsThere_NobodyAsksWhetherTheReplicaIsIdle()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var (answer, questions) = (new TaskCompletionSource<ReplicaPosition?>(), 0);
        var replica = new GrainReplica(
            Grain(answer.Task, () =>
            {
                questions++;
                return Task.FromResult(true);
            }),
            Device,
            RunId,
            time,
            () => false,
            new Lines());
        var asked = replica.ReportAsync(TestContext.Current.CancellationToken);
        answer.SetResult(null);
        await asked;

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(0, questions);
    }

    [Fact]
    public async Task AReplicaAtWork_IsWaitedFor_AndAQuestionWithoutAnswerKeepsItsOwnAnswerWaitingNever()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var (answer, questions) = (new TaskCompletionSource<ReplicaPosition?>(), 0);
        using var run = new Activity("run").Start();
        var traces = new ConcurrentBag<Activity?>();
        var replica = new GrainReplica(
            Grain(answer.Task, () =>
            {
                traces.Add(Activity.Current);
                return ++questions < 4 ? Task.FromResult(true) : new TaskCompletionSource<bool>().Task;
            }),
            Device,
            RunId,
            time,
            () => false,
            new Lines());

        var asked = replica.ReportAsync(TestContext.Current.CancellationToken);
        while (Volatile.Read(ref questions) < 4)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.False(asked.IsCompleted);
        answer.SetResult(null);

        Assert.Null(await asked);
        Assert.All(traces, Assert.Null);
        Assert.Same(run, Activity.Current);
    }

    [Fact]
    public async Task ARelease_NamesItsRun_SinceTheDeviceMayBeAnotherOnesByThen()
    {
        var calls = new List<(string, object?)>();
        var grain = Stub.Of<IReplicaGrain>((method, arguments) =>
        {
            calls.Add((method.Name, arguments is [var only] ? only : null));
            return Task.CompletedTask;
        });

        await new GrainReplica(grain, Device, RunId, TimeProvider.System, () => false, new Lines()).ReleaseAsync();

        Assert.Equal([(nameof(IReplicaGrain.ReleaseOfAsync), RunId)], calls);
    }

    private static IReplicaGrain Grain(Task<ReplicaPosition?> answer, Func<Task<bool>> isBusy) =>
        Stub.Of<IReplicaGrain>((method, _) => method.Name == nameof(IReplicaGrain.IsBusyAsync) ? isBusy() : answer);

    /// <summary>A grain all of whose calls end with one exception.</summary>
    private static IReplicaGrain Failing(Exception reason) => Stub.Of<IReplicaGrain>((_, _) => Task.FromException(reason));

    private sealed class Lines : ILogger
    {
        public List<(LogLevel Level, string Text, Exception? Reason)> Seen { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Seen.Add((logLevel, formatter(state, exception), exception));
    }
}
