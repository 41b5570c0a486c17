using System.Text.Json;
using DistributedFreeze.Advice;
using DistributedFreeze.Client;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Advice;

/// <summary>Questions to a cluster of two devices.</summary>
[Slow]
public sealed class AdviceGrainTests : IAsyncLifetime
{
    private readonly AdviceCluster _cluster = new();
    private DistributedFreezeClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        _client = new(_cluster.Silos.Client);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task ADevice_IsTheQuestionsAlone_WhichWaitsForItAsRunsDo()
    {
        var first = AskAsync();
        var second = AskAsync();
        FakeAdvice.Question[] asked = [await _cluster.NextAsync(), await _cluster.NextAsync()];
        Assert.NotEqual(asked[0].Silo, asked[1].Silo);
        var busy = await WhenAsync(devices => devices.All(device => device.RunId is not null));
        Assert.All(busy, device => Assert.StartsWith("advice:", device.RunId, StringComparison.Ordinal));
        var stages = new Stages();
        var third = AskAsync(stages);
        await stages.WhenAsync(progress => progress is { Stage: AdviceStage.Waiting, QueuePosition: 1 });

        asked[0].Progress(new(AdviceStage.Depths, 1, 2));
        asked[0].Say(Advised.Result());
        var last = await _cluster.NextAsync();
        Assert.Equal(asked[0].Silo, last.Silo);
        last.Progress(new(AdviceStage.ShortRuns, 1, 2, "conv5"));
        await stages.WhenAsync(progress => progress.What == "conv5");
        asked[1].Say(Advised.Result());
        last.Say(Advised.Result());

        Assert.All(await Task.WhenAll(first, second, third), result => Assert.True(result.IsWhole));
        await WhenFreeAsync();
    }

    [Fact]
    public async Task WhoInterrupts_GetsWhatIsKnown_AndLeavesNothingBehind()
    {
        using var interrupted = new CancellationTokenSource();
        var (known, unknown) = (AskAsync(token: interrupted.Token), AskAsync(token: interrupted.Token));
        (await _cluster.NextAsync()).Known = Advised.Result(isWhole: false);
        await _cluster.NextAsync();

        await interrupted.CancelAsync();

        var results = await Task.WhenAll(((Task<AdviceResult>[])[known, unknown]).Select(async asked =>
        {
            try
            {
                return await asked;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }));
        Assert.False(Assert.Single(results.OfType<AdviceResult>()).IsWhole);
        await WhenFreeAsync();
    }

    [Fact]
    public async Task ADeviceThatForgets_IsReplacedByTheOther_WithTheSameQuestion()
    {
        var answer = AskAsync();
        var first = await _cluster.NextAsync();
        var device = (await WhenAsync(devices => devices.Any(device => device.RunId is not null))).Single(device => device.RunId is not null).Device.Id;

        await _cluster.Silos.Client.GetGrain<IReplicaGrain>(device).ReleaseAsync(); // as a silo that came back

        await first.BrokenOff;
        var second = await _cluster.NextAsync();
        Assert.NotEqual(first.Silo, second.Silo);
        Assert.Equal(JsonSerializer.Serialize(first.Request, RunJson.Compact), JsonSerializer.Serialize(second.Request, RunJson.Compact));
        second.Say(Advised.Result());
        Assert.True((await answer).IsWhole);
        await WhenFreeAsync();
    }

    [Fact]
    public async Task WhereTheSiloThatKnowsOfTheQuestionIsLost_TheClientAsksAgain_AndWhereItsDevicesIs_TheOther()
    {
        var answer = AskAsync();
        var first = await _cluster.NextAsync();

        // The question may be on either silo. Where it is on the one that leaves, the client asks again, and the other device is asked twice.
        await _cluster.Silos.StopSiloAsync(_cluster.Silos.Silos.Single(silo => silo.Name == first.Silo), TestContext.Current.CancellationToken);

        for (Task<FakeAdvice.Question> next; await Task.WhenAny(next = _cluster.NextAsync().AsTask(), answer) == next;)
        {
            Assert.NotEqual(first.Silo, (await next).Silo);
            (await next).Say(Advised.Result());
        }

        Assert.True((await answer).IsWhole);
    }

    [Fact]
    public async Task TheSameQuestion_IsAskedOnce_AndAnotherOneUnderItsId_Refused()
    {
        var question = _cluster.Silos.Client.GetGrain<IAdviceGrain>("q1");
        Assert.Null(await question.ReadAsync(0));

        await question.AskAsync(Request());
        await question.AskAsync(Request());
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => question.AskAsync(Request() with { Folds = 3 }));
        (await _cluster.NextAsync()).Say(Advised.Result());

        Assert.Equal("id", Assert.Single(refused.Problems).Field);
        for (var report = (await question.ReadAsync(0))!; !report.HasEnded; report = (await question.ReadAsync(report.Version))!)
        {
        }

        Assert.True((await question.ReadAsync(0))!.Result!.IsWhole); // kept for a while
    }

    [Fact]
    public async Task WhatCannotBeAsked_IsNamedBeforeAnyDeviceIsClaimed()
    {
        var request = Request();
        await RefusedAsync("data.path", request with { Spec = request.Spec with { Data = new() { Path = "/etc" } } });
        await RefusedAsync("data.path", request with { Spec = request.Spec with { Data = new() { Path = "nowhere" } } });
        await RefusedAsync("output", request with { Spec = request.Spec with { Output = "/etc/out" } });
        await RefusedAsync("model.weights", request with { Spec = request.Spec with { Model = new() { Weights = "none.h5" } } });
        await RefusedAsync("from", request with { Spec = request.Spec with { From = "run" } });
        await RefusedAsync("model.base", request with { Spec = request.Spec with { Model = new() { Base = "a.onnx" } } });
        await RefusedAsync("folds", request with { Folds = 1 });
        await RefusedAsync("batch_size", request with { Spec = request.Spec with { BatchSize = 7 } });

        Assert.All(await DevicesAsync(), device => Assert.Null(device.RunId));
    }

    private async Task RefusedAsync(string field, AdviceRequest request) => Assert.Equal(
        field,
        (await Assert.ThrowsAsync<InvalidInputException>(() => _client.AdviseAsync(request, cancellationToken: TestContext.Current.CancellationToken))).Problems[0].Field);

    private static AdviceRequest Request() => Advised.Request(data: "images", output: "out");

    private Task<AdviceResult> AskAsync(IProgress<AdviceProgress>? progress = null, CancellationToken? token = null) =>
        _client.AdviseAsync(Request(), progress, token ?? TestContext.Current.CancellationToken);

    private async Task<IReadOnlyList<DeviceStatus>> DevicesAsync() => await _client.ListDevicesAsync(TestContext.Current.CancellationToken);

    private Task<IReadOnlyList<DeviceStatus>> WhenFreeAsync() => WhenAsync(devices => devices.All(device => device.RunId is null));

    /// <summary>Every look asks the cluster: it is no wait for a time.</summary>
    private async Task<IReadOnlyList<DeviceStatus>> WhenAsync(Func<IReadOnlyList<DeviceStatus>, bool> isSo)
    {
        while (true)
        {
            if (await DevicesAsync() is var devices && isSo(devices))
            {
                return devices;
            }
        }
    }

    private sealed class Stages : IProgress<AdviceProgress>
    {
        private readonly System.Threading.Channels.Channel<AdviceProgress> _told = System.Threading.Channels.Channel.CreateUnbounded<AdviceProgress>();

        public void Report(AdviceProgress value) => Assert.True(_told.Writer.TryWrite(value));

        public async Task WhenAsync(Func<AdviceProgress, bool> isIt)
        {
            while (!isIt(await _told.Reader.ReadAsync(TestContext.Current.CancellationToken)))
            {
            }
        }
    }
}
