using DistributedFreeze.Coordination;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A replica that is slow, not dead: it is told, its shards move, and the bits stay.</summary>
public sealed class StragglerRunTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    private readonly KeptWorkspaces _workspaces = new();

    /// <summary>The shards of both, group by group.</summary>
    private readonly List<string> _deals = [];

    [Fact]
    public async Task ASlowReplica_IsToldOnceAndItsShardsMoveWithoutChangingABit()
    {
        var (even, none) = await RunAsync(slow: 1, movesShards: true);
        _deals.Clear();
        var (moved, told) = await RunAsync(slow: 6, movesShards: true);
        Assert.Equal(["0,1 2,3", "0,1,2 3"], _deals);
        var (stayed, toldToo) = await RunAsync(slow: 6, movesShards: false);

        Assert.Empty(none.OfType<RunEvent.Straggler>());
        var straggler = Assert.Single(told.OfType<RunEvent.Straggler>());
        Assert.Equal(("here/cpu:1", "tail", true), (straggler.Device, straggler.Part, straggler.MovesShards));
        Assert.Equal(6, straggler.Times, precision: 6);
        Assert.Single(told.OfType<RunEvent.Regrouped>());
        Assert.False(Assert.Single(toldToo.OfType<RunEvent.Straggler>()).MovesShards);
        Assert.Empty(toldToo.OfType<RunEvent.Regrouped>());
        Assert.All([moved, stayed], receipt => Assert.Equal(even.ModelSha256, receipt.ModelSha256));
        Assert.All([moved, stayed], receipt => Assert.Equal(even.TrainLoss, receipt.TrainLoss));
    }

    public void Dispose() => _workspaces.Dispose();

    /// <param name="slow">How many times as long the second replica says that a shard takes.</param>
    /// <param name="movesShards">Whether its shards may move.</param>
    private async Task<(Receipt Receipt, List<RunEvent> Events)> RunAsync(double slow, bool movesShards)
    {
        var spec = undisturbed.NewSpec();
        spec = spec with { Replicas = 2, Phases = [spec.Phases[0] with { Epochs = 6 }] };
        var events = new List<RunEvent>();
        var workspaces = _workspaces.Of(spec);
        var exchanges = new SharedExchanges();
        var members = Enumerable.Range(0, 2).Select(i => new LocalReplica(workspaces, exchanges, $"cpu:{i}")).ToList();
        try
        {
            var driver = new RunDriver(
                LocalRun.RunId,
                spec,
                LocalRun.Pool(members.Select((member, i) =>
                {
                    var shards = 0;
                    return (IReplica)new WatchedReplica(member)
                    {
                        BeforeJoining = order =>
                        {
                            shards = order.Members[i].Shards.Length;
                            if (i == 0)
                            {
                                _deals.Add(string.Join(' ', order.Members.Select(one => string.Join(',', one.Shards))));
                            }

                            return Task.CompletedTask;
                        },
                        WindowDone = report => report with
                        {
                            Times = new(0, 0, shards * report.Losses.Length * (i == 1 ? slow : 1), 0, 0),
                            FeaturesComputed = 0,
                        },
                    };
                })),
                events.Add,
                new ManualClock(),
                movesShards: movesShards);
            return ((await driver.RunAsync(resume: false, TestContext.Current.CancellationToken)).Receipt!, events);
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.ReleaseAsync()));
        }
    }
}
