using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Chaos.Stage;

namespace DistributedFreeze.Chaos;

/// <summary>Laws 3 and 5 under fire: a run that all kinds of things befall ends with the bits of one that nothing disturbed.</summary>
[Slow]
public sealed class ScenarioTests(ScenarioTests.Fixture fixture) : IClassFixture<ScenarioTests.Fixture>
{
    [Theory]
    [InlineData("two-of-three:1")]
    [InlineData("hung-coordinator:1")]
    [InlineData("rolling:1")]
    [InlineData("redis-restart:1")]
    [InlineData("join-kill:1")]
    [InlineData("pause:1")]
    [InlineData("delete:1")]
    [InlineData("disk-full:1")]
    [InlineData("disk-full:117459")] // before the run has written anything
    [InlineData("read-only:1")]
    [InlineData("disk-gone:1")]
    [InlineData("clock-step:1")]
    [InlineData("redis-blink:1")]
    [InlineData("link-both:1")]
    [InlineData("cut-off:1")]
    [InlineData("pair:1")]
    public async Task ARun_EndsAsIfNothingHadHappened(string name)
    {
        var scenario = Scenario.Parse(name);
        Assert.SkipWhen(scenario.NeedsDisk && !OutputDisk.IsPossible, "Only root can make a small disk.");
        Assert.SkipWhen(scenario.CutsLinks && !SiloNetwork.IsPossible, "Only root can make networks, and that takes ip and iptables.");
        Assert.SkipWhen(scenario.SetsClocks && !SiloClocks.IsPossible, "There is no C compiler.");

        var outcome = await fixture.PlayAsync(scenario);

        Assert.True(outcome.Problems.IsEmpty, outcome.ToString());
    }

    /// <summary>The undisturbed run, once for all scenarios.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("dfreeze-chaos-logs-");
        private ChaosData? _data;
        private ScenarioPlayer? _player;
        private bool _keepsLogs;

        public async ValueTask InitializeAsync()
        {
            if (RedisServer.IsThere)
            {
                _data = await ChaosData.MakeAsync(TestContext.Current.CancellationToken);
                _player = new(_data, _logs.FullName);
            }
        }

        internal async Task<Checks.Outcome> PlayAsync(Scenario scenario)
        {
            Assert.SkipWhen(_player is null, "There is no redis-server on the PATH.");
            var outcome = await _player!.PlayAsync(scenario, TestContext.Current.CancellationToken);
            _keepsLogs |= !outcome.Problems.IsEmpty;
            TestContext.Current.TestOutputHelper?.WriteLine($"{outcome}; logs: {_logs}");
            return outcome;
        }

        public async ValueTask DisposeAsync()
        {
            if (_player is not null)
            {
                await _player.DisposeAsync();
            }

            _data?.Dispose();
            if (!_keepsLogs)
            {
                _logs.Delete(recursive: true);
            }
        }
    }
}
