using System.Threading.Channels;
using DistributedFreeze.Advice;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Replicas;

namespace DistributedFreeze.Grains.Tests.Advice;

public sealed class DeviceAdviceTests
{
    private readonly Channel<FakeAdvice.Question> _asked = Channel.CreateUnbounded<FakeAdvice.Question>();
    private readonly DeviceAdvice _device;
    private string? _broken;

    public DeviceAdviceTests() => _device = new("cpu:0", new FakeAdvice("here", _asked), () => Task.FromResult(_broken), new ManualTime());

    [Fact]
    public async Task AQuestion_OwnsTheDevice_UntilItIsGivenBack()
    {
        var question = await AskAsync("advice:a");
        question.Say(Advised.Result());

        Assert.True((await EndAsync("advice:a")).Result!.IsWhole);
        Assert.Equal("advice:a", _device.RunId);
        Assert.Throws<DeviceBusyException>(() => _device.Ask(new("advice:b", Advised.Request())));
        _device.Ask(new("advice:a", Advised.Request())); // the answer to the first call may have been lost
        Assert.False(_asked.Reader.TryRead(out _));

        await _device.EndAsync();

        Assert.Null(_device.RunId);
        Assert.Null(await _device.ReadAsync("advice:a", 0));
        await AskAsync("advice:b");
    }

    [Fact]
    public async Task AnotherQuestionOfThatName_IsNotAnsweredByTheFirst()
    {
        await AskAsync("advice:a");

        var refused = Assert.Throws<DeviceBusyException>(() => _device.Ask(new("advice:a", Advised.Request() with { Folds = 3 })));

        Assert.Equal("The device cpu:0 belongs to advice:a, which asked something else.", refused.Message);
    }

    [Fact]
    public async Task ADeviceThatCannotEvenBeProbed_IsLost_AndGivenBack()
    {
        var device = new DeviceAdvice("cpu:0", new FakeAdvice("here", _asked), () => throw new InvalidOperationException("no driver"), new ManualTime());
        device.Ask(new("advice:a", Advised.Request()));
        (await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken)).Fail(new InvalidOperationException("CUDA error"));

        var report = (await device.ReadAsync("advice:a", 0))!;
        for (; !report.HasEnded; report = (await device.ReadAsync("advice:a", report.Version))!)
        {
        }

        Assert.Equal((true, "it does not answer: no driver"), (report.IsDeviceLost, report.Failure));
        await device.EndAsync();
        Assert.Null(device.RunId);
    }

    [Fact]
    public async Task Progress_IsRead_ByWhoeverAsked()
    {
        var question = await AskAsync("advice:a");
        question.Progress(new(AdviceStage.Depths, 3, 9));

        var report = (await _device.ReadAsync("advice:a", 0))!;

        Assert.Equal((false, new AdviceProgress(AdviceStage.Depths, 3, 9)), (report.HasEnded, report.Progress));
        Assert.Null(await _device.ReadAsync("advice:b", 0));
    }

    [Fact]
    public async Task WhatIsStopped_SaysWhatItKnows()
    {
        var question = await AskAsync("advice:a");
        question.Known = Advised.Result(isWhole: false);
        _device.Stop("advice:b");
        Assert.False(question.BrokenOff.IsCompleted);

        _device.Stop("advice:a");

        Assert.False((await EndAsync("advice:a")).Result!.IsWhole);
    }

    [Fact]
    public async Task WhatIsStoppedBeforeItKnowsAnything_HasNeitherResultNorFailure()
    {
        await AskAsync("advice:a");

        _device.Stop("advice:a");

        Assert.True(await EndAsync("advice:a") is { Result: null, Failure: null });
    }

    [Fact]
    public async Task GivingADeviceBack_BreaksTheQuestionOff_AndWaitsForIt()
    {
        var question = await AskAsync("advice:a");

        await _device.EndAsync();

        Assert.True(question.BrokenOff.IsCompleted);
        Assert.Null(_device.RunId);
    }

    [Theory]
    [InlineData(null, "InvalidOperationException: out of order", false)]
    [InlineData("cpu:0 is broken", "cpu:0 is broken", true)]
    public async Task WhatGoesWrong_IsTheQuestionsOrTheDevices(string? broken, string failure, bool isDeviceLost)
    {
        _broken = broken;
        (await AskAsync("advice:a")).Fail(new InvalidOperationException("out of order\n   at native code"));

        var end = await EndAsync("advice:a");

        Assert.Equal((failure, isDeviceLost), (end.Failure, end.IsDeviceLost));
    }

    [Fact]
    public async Task WrongInput_KeepsItsFields()
    {
        (await AskAsync("advice:a")).Fail(new InvalidInputException("model.weights", "is no file of weights"));

        Assert.Equal("model.weights", Assert.Single((await EndAsync("advice:a")).Problems).Field);
    }

    private async Task<FakeAdvice.Question> AskAsync(string runId)
    {
        _device.Ask(new(runId, Advised.Request()));
        return await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    private async Task<AdviceReport> EndAsync(string runId)
    {
        for (var version = 0L; ;)
        {
            var report = (await _device.ReadAsync(runId, version))!;
            if (report.HasEnded)
            {
                return report;
            }

            version = report.Version;
        }
    }
}
