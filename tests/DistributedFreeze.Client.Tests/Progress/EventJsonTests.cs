using DistributedFreeze.Cli.Remote;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Http;

namespace DistributedFreeze.Client.Tests.Progress;

public sealed class EventJsonTests
{
    private static readonly RunEvent.Prepared Happened = new(1, 20, 0, 0, ["Käfer"], [])
    {
        Sequence = 1,
        At = new(2026, 11, 24, 13, 13, 59, TimeSpan.Zero),
    };

    [Fact]
    public void AnEvent_ReadsAsItWasWritten()
    {
        const string Line =
            """{"event":"prepared","replicas":1,"trainImages":20,"validationImages":0,"testImages":0,"classes":["Käfer"],"warnings":[],"preprocessing":null,"sequence":1,"at":"2026-11-24T13:13:59+00:00"}""";

        Assert.Equal(Line, RunEventJson.Of(Happened));
        Assert.Equal(Line, ApiJson.Of(Happened));
    }
}
