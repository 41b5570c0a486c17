using DistributedFreeze.Advice;
using DistributedFreeze.Grains.Replicas;

namespace DistributedFreeze.Grains.Tests.Advice;

public sealed class LatestReportTests
{
    private readonly ManualTime _time = new();
    private readonly LatestReport _report;

    public LatestReportTests() => _report = new(_time);

    [Fact]
    public async Task WhoeverHasReadNothing_IsAnsweredAtOnce() => Assert.Equal(AdviceStage.Waiting, (await _report.AfterAsync(0)).Progress.Stage);

    [Fact]
    public async Task AnotherStage_IsToldAtOnce_AndAnImageMore_AfterAWhile()
    {
        var stage = _report.AfterAsync(_report.Now.Version);
        _report.Change(now => now with { Progress = new(AdviceStage.Images, 1, 8) });
        Assert.Equal(1, (await stage).Progress.Done);

        var more = _report.AfterAsync(_report.Now.Version);
        _report.Change(now => now with { Progress = new(AdviceStage.Images, 2, 8) });
        Assert.False(more.IsCompleted);
        _time.Advance(LatestReport.LongestWait);

        Assert.Equal(2, (await more).Progress.Done);
    }

    [Fact]
    public async Task ANewPlaceInTheQueue_IsNews()
    {
        var place = _report.AfterAsync(_report.Now.Version);

        _report.Change(now => now with { Progress = new(AdviceStage.Waiting, 0, 0) { QueuePosition = 3 } });

        Assert.Equal(3, (await place).Progress.QueuePosition);
    }

    [Fact]
    public async Task TheEnd_IsToldToAll_AgainAndAgain_AndStays()
    {
        var waiting = _report.AfterAsync(_report.Now.Version);
        _report.Change(now => now with { HasEnded = true, Failure = "why" });
        _report.Change(now => now with { Failure = "another" });

        Assert.Equal("why", (await waiting).Failure);
        Assert.Equal("why", (await _report.AfterAsync((await waiting).Version)).Failure);
    }
}
