namespace DistributedFreeze.Coordination;

public sealed class RunRequestsTests
{
    private readonly RunRequests _requests = new();

    [Fact]
    public void Nothing_IsAskedAtFirst()
    {
        Assert.Equal((false, false, false), (_requests.Stop, _requests.Cancel, _requests.HandOver));
        Assert.False(_requests.Any.IsCancellationRequested);
    }

    [Fact]
    public void Cancelling_IsStoppingToo()
    {
        _requests.AskToCancel();

        Assert.Equal((true, true, false), (_requests.Stop, _requests.Cancel, _requests.HandOver));
    }

    [Fact]
    public void AWaitThatSeesTheStopOfACancelledRun_SeesThatItClearsUp()
    {
        var clearsUp = false;
        using var waiting = _requests.Any.Register(() => clearsUp = _requests.Cancel);

        _requests.AskToCancel();

        Assert.True(clearsUp);
    }

    [Fact]
    public void EachRequest_CutsWaitingShort()
    {
        foreach (var ask in (Action<RunRequests>[])[r => r.AskToStop(), r => r.AskToCancel(), r => r.AskToHandOver()])
        {
            var requests = new RunRequests();

            ask(requests);

            Assert.True(requests.Any.IsCancellationRequested);
        }
    }

    [Fact]
    public void HandingOver_IsNoStop()
    {
        _requests.AskToHandOver();

        Assert.Equal((false, false, true), (_requests.Stop, _requests.Cancel, _requests.HandOver));
    }
}
