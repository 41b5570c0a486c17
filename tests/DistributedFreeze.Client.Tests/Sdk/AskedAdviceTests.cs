using System.Reflection;
using DistributedFreeze.Advice;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>What a program that asks for advice sees of a cluster.</summary>
public sealed class AskedAdviceTests
{
    private static readonly AdviceRequest Request = new() { Spec = new() { Data = new() { Path = "/data" }, Phases = [new()], Output = "/out" } };

    private readonly Questions _cluster = new();
    private readonly DistributedFreezeClient _client;

    public AskedAdviceTests() => _client = new(_cluster.Factory) { RetryTimeout = TimeSpan.Zero };

    [Fact]
    public async Task WhatASiloForgets_IsAskedAgainUnderTheSameId()
    {
        _cluster.Says = (reads, _) => reads == 0 ? null : Ended(Result(isWhole: true));

        Assert.True((await AskAsync()).IsWhole);

        Assert.Equal(2, _cluster.Asked.Count);
        Assert.Single(_cluster.Asked.Distinct());
    }

    [Fact]
    public async Task Progress_IsTold_EachOnce()
    {
        _cluster.Says = (reads, _) => reads switch
        {
            0 => new() { Version = 2, Progress = new(AdviceStage.Waiting, 0, 0) { QueuePosition = 2 } },
            1 => new() { Version = 2, Progress = new(AdviceStage.Waiting, 0, 0) { QueuePosition = 2 } },
            2 => new() { Version = 3, Progress = new(AdviceStage.Images, 4, 8) },
            _ => Ended(Result(isWhole: true)),
        };
        var told = new Told();

        await _client.AdviseAsync(Request, told, TestContext.Current.CancellationToken);

        Assert.Equal([(AdviceStage.Waiting, 2, 0), (AdviceStage.Images, 0, 4.0)], told.Seen.Select(one => (one.Stage, one.QueuePosition, one.Done)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhoCancels_GetsWhatIsKnown_OrNothing(bool isKnown)
    {
        using var cancelled = new CancellationTokenSource();
        _cluster.Says = (reads, isCancelled) =>
        {
            cancelled.Cancel();
            return isCancelled ? Ended(isKnown ? Result(isWhole: false) : null) : new() { Version = reads + 1 };
        };

        var asked = _client.AdviseAsync(Request, cancellationToken: cancelled.Token);

        if (isKnown)
        {
            Assert.False((await asked).IsWhole);
        }
        else
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }

        Assert.True(_cluster.IsCancelled);
    }

    [Fact]
    public async Task WhoeverWasGivenUpAndStillWaits_AsksANewQuestion()
    {
        _cluster.Says = (reads, _) => Ended(reads == 0 ? Result(isWhole: false) : Result(isWhole: true));

        Assert.True((await AskAsync()).IsWhole);

        Assert.Equal(2, _cluster.Asked.Distinct().Count());
    }

    [Fact]
    public async Task Failures_AreThrown_AsWhatTheyAre()
    {
        _cluster.Says = (_, _) => new() { Version = 2, HasEnded = true, Failure = "out of order" };
        Assert.Equal("out of order", (await Assert.ThrowsAsync<RunFailedException>(AskAsync)).Message);

        _cluster.Says = (_, _) => new() { Version = 2, HasEnded = true, Failure = "data.path: is empty", Problems = [new("data.path", "is empty")] };
        Assert.Equal("data.path", (await Assert.ThrowsAsync<InvalidInputException>(AskAsync)).Problems[0].Field);
    }

    [Fact]
    public async Task AClusterOfAnEarlierVersion_SaysSo()
    {
        _cluster.IsOld = true;

        Assert.StartsWith("The cluster gives no advice: its silos are of an earlier version.", (await Assert.ThrowsAsync<ClusterUnavailableException>(AskAsync)).Message, StringComparison.Ordinal);
    }

    private Task<AdviceResult> AskAsync() => _client.AdviseAsync(Request, cancellationToken: TestContext.Current.CancellationToken);

    private static AdviceReport Ended(AdviceResult? result) => new() { Version = 9, HasEnded = true, Result = result };

    private static AdviceResult Result(bool isWhole) => new()
    {
        IsWhole = isWhole,
        Metric = EpochMeasure.Accuracy,
        TrainImages = 8,
        HeldOutImages = 4,
        Splits = 1,
        AreValidation = true,
    };

    private sealed class Told : IProgress<AdviceProgress>
    {
        public List<AdviceProgress> Seen { get; } = [];

        public void Report(AdviceProgress value) => Seen.Add(value);
    }

    /// <summary>A cluster that says what a test does.</summary>
    private sealed class Questions
    {
        private int _reads;

        public Questions() => Factory = Proxy.Of<IGrainFactory>((_, args) => IsOld
            ? throw new ArgumentException("Could not find an implementation for interface IAdviceGrain")
            : Question((string)args[0]!));

        public IGrainFactory Factory { get; }

        public bool IsOld { get; set; }

        public List<string> Asked { get; } = [];

        public bool IsCancelled { get; private set; }

        /// <summary>What is read: by how many reads there were before, and whether it was cancelled.</summary>
        public Func<int, bool, AdviceReport?> Says { get; set; } = (_, _) => null;

        private IAdviceGrain Question(string id) => Proxy.Of<IAdviceGrain>((method, _) =>
        {
            switch (method.Name)
            {
                case nameof(IAdviceGrain.AskAsync):
                    Asked.Add(id);
                    return Task.CompletedTask;
                case nameof(IAdviceGrain.CancelAsync):
                    IsCancelled = true;
                    return Task.CompletedTask;
                default:
                    return Task.FromResult(Says(_reads++, IsCancelled));
            }
        });
    }
}

/// <summary>Stands in for an interface: one function answers every call.</summary>
public class Proxy : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _answer = (_, _) => null;

    internal static T Of<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var proxy = Create<T, Proxy>();
        ((Proxy)(object)proxy)._answer = answer;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args ?? []);
}
