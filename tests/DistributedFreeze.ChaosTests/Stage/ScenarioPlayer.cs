using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Chaos.Checks;
using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Plays a scenario with real silos and a real Redis, and judges what the run came to.</summary>
/// <remarks>Silos that outlive a scenario serve the next one, too: starting them costs more than most runs.</remarks>
/// <param name="data">Images, and the run that nothing disturbed.</param>
/// <param name="logs">Folder for logs; made. What is wrong leaves its logs there.</param>
internal sealed class ScenarioPlayer(ChaosData data, string logs) : IAsyncDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan LongestUnwatched = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private SiloCluster? _cluster;
    private SiloNetwork? _network;
    private SiloClocks? _clocks;
    private int _clusters;
    private int _runs;

    /// <summary>Where the silos of now write their logs.</summary>
    private string SiloLogs => Path.Combine(logs, $"silos-{_clusters}");

    /// <param name="scenario">The scenario.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<Outcome> PlayAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Longest);
        var work = Directory.CreateTempSubdirectory("dfreeze-chaos-run-");
        var notes = new ConcurrentQueue<string>();
        void Say(string text) => notes.Enqueue($"{TimeProvider.System.GetLocalNow():HH:mm:ss.fff} {text}");
        Say($"{scenario.Name}: {string.Join("; ", scenario.Faults)}");
        Outcome outcome;
        try
        {
            outcome = await PlayAsync(scenario, work.FullName, Say, patience.Token);
        }
        finally
        {
            work.Delete(recursive: true);
        }

        Say($"{outcome}; silos: {SiloLogs}");
        await File.WriteAllLinesAsync(Path.Combine(logs, $"{scenario.Name.Replace(':', '-')}.txt"), notes, CancellationToken.None);
        if (!outcome.Problems.IsEmpty)
        {
            await DisposeAsync(); // the next one shall not suffer for it
        }

        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is { } cluster)
        {
            _cluster = null;
            await cluster.DisposeAsync();
        }

        _network?.Dispose();
        _network = null;
        _clocks?.Dispose();
        _clocks = null;
    }

    /// <summary>As many silos as a scenario begins with.</summary>
    private async Task<SiloCluster> GatherAsync(int silos, bool cutsLinks, bool setsClocks)
    {
        if (cutsLinks != _network is not null || setsClocks != _clocks is not null)
        {
            await DisposeAsync();
        }

        if (_cluster is null)
        {
            _clusters++;
            Directory.CreateDirectory(SiloLogs);
            _network = cutsLinks ? SiloNetwork.Make() : null;
            _clocks = setsClocks ? new() : null;
            var redis = await RedisServer.StartAsync(keeps: true, _network?.Own ?? "127.0.0.1");
            _cluster = SiloCluster.Of(redis, SiloLogs, PlaceOf, "--Logging:LogLevel:DistributedFreeze=Debug");
        }

        await Task.WhenAll(_cluster.Silos.Skip(silos).Select(_cluster.TerminateAsync));
        await Task.WhenAll(Enumerable.Range(0, silos - _cluster.Silos.Count).Select(_ => _cluster.AddAsync()));
        return _cluster;
    }

    private SiloPlacement? PlaceOf(int silo) => _network?.Add(silo) ?? (_clocks is null ? null : new(Network: null, [], _clocks.Add(silo)));

    private async Task<Outcome> PlayAsync(Scenario scenario, string work, Action<string> say, CancellationToken cancellationToken)
    {
        var output = Path.Combine(work, "output");
        using var disk = scenario.NeedsDisk ? OutputDisk.Mount(output) : null;
        var cluster = await GatherAsync(scenario.Silos, scenario.CutsLinks, scenario.SetsClocks);
        await using var reach = new Reach(cluster);
        var features = scenario.ComputesFeatures ? Path.Combine(work, "features") : null;
        var spec = data.Spec(Path.Combine(output, "run"), replicas: 4, features);
        var runId = $"run-{++_runs}";
        await FreeAsync(reach, cluster, [], cancellationToken);
        var start = TimeProvider.System.GetTimestamp();
        await reach.InsistAsync(client => client.SubmitAsync(spec, runId: runId, cancellationToken: cancellationToken), cancellationToken);
        var began = TimeProvider.System.GetUtcNow();
        say($"submitted as {runId}");

        var story = new Story();
        using var http = new HttpWatch(cluster, runId);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var injector = new FaultInjector(cluster, runId, story, disk, _network, _clocks, say, cancellationToken);
        var supervising = injector.SuperviseAsync(done.Token);
        var problems = new List<string>();
        RunStatus? ended = null;
        double? free = null;
        try
        {
            var unwatched = scenario.IsWatched ? Task.CompletedTask : ReceiptAsync(spec.Output, cancellationToken);
            var watching = AfterAsync(unwatched, () => ClientWatch.FollowAsync(cluster, runId, story, cancellationToken));
            var reading = AfterAsync(unwatched, () => http.FollowAsync(cancellationToken));
            var playing = injector.PlayAsync(scenario.Faults);
            var ending = AfterAsync(unwatched, () => EndAsync(reach, runId, cancellationToken));
            if (await Task.WhenAny(playing, ending) == playing)
            {
                await playing; // what goes wrong there may be why the run never ends
            }

            ended = await ending;
            await playing;
            ended = injector.IsDeleted ? null : ended; // it may have been seen to end before it was gone
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            say($"it is over: {ended?.State.ToString() ?? "deleted"}");
            free = await FreeAsync(reach, cluster, problems, cancellationToken);
            await Task.WhenAll(watching, reading);
            if (ended is not null)
            {
                problems.AddRange(ResultCheck.Of(scenario, ended, data.Undisturbed, elapsed));
                problems.AddRange(await AgainAsync(cluster, runId, story, cancellationToken));
                problems.AddRange(StoryCheck.OfStream(Numbers(story), "the client"));
                problems.AddRange(StoryCheck.OfStream(http.Told, "HTTP"));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            problems.Add($"it hangs: {story.Told.Count} events, the last one {(story.Told is [.., var latest] ? latest.Event : null)}");
        }

        await done.CancelAsync();
        await supervising;
        problems.AddRange(injector.Problems);
        problems.AddRange(StoryCheck.OfSilence(story.Told, injector.Outages, scenario.SetsClocks));
        problems.AddRange(ResultCheck.OfFolder(spec.Output));
        var told = story.Told.Select(one => one.Event).ToList();
        if (scenario.LosesNobody)
        {
            problems.AddRange(told.Where(happened => happened is RunEvent.ReplicaLost or RunEvent.PickedUp).Select(lost => $"a silo that was well was taken for lost: {lost}"));
        }

        var repeated = StoryCheck.Repeated(told);
        if (repeated > 1 && !told.Any(happened => happened is RunEvent.SetBack or RunEvent.PickedUp { From: not "replicas" }))
        {
            problems.Add($"{repeated} steps were done again, though replicas held the newest state");
        }

        foreach (var happened in told.Where(happened => happened is not (RunEvent.WindowDone or RunEvent.EpochDone)))
        {
            say($"   told at {happened.At.ToLocalTime():HH:mm:ss.fff}: {happened}");
        }

        return new()
        {
            Scenario = scenario,
            Problems = [.. problems],
            Ended = injector.IsDeleted && ended is null ? "deleted" : ended?.State.ToString().ToLowerInvariant() ?? "never",
            Seconds = ((told.LastOrDefault()?.At ?? began) - began).TotalSeconds,
            Recovery = StoryCheck.Recovery(told, injector.SiloFailures),
            Gap = scenario.SetsClocks ? null : StoryCheck.LongestGap(told),
            Repeated = repeated,
            Free = free,
            Late = story.Told.Select(one => (one.At - one.Event.At).TotalSeconds).DefaultIfEmpty().Max(),
            Missed = injector.Missed,
        };
    }

    private static List<(long Id, string Kind)> Numbers(Story story) =>
        [.. story.Told.Select(one => (one.Event.Sequence, JsonNamingPolicy.KebabCaseLower.ConvertName(one.Event.GetType().Name)))];

    /// <summary>Whoever comes after the end is told the same.</summary>
    private static async Task<ImmutableArray<string>> AgainAsync(SiloCluster cluster, string runId, Story story, CancellationToken cancellationToken)
    {
        var again = new Story();
        await ClientWatch.FollowAsync(cluster, runId, again, cancellationToken);
        using var http = new HttpWatch(cluster, runId);
        await http.FollowAsync(cancellationToken);
        var expected = Numbers(story);
        return
        [
            .. Numbers(again).SequenceEqual(expected) ? Array.Empty<string>() : ["the client is told another story after the end"],
            .. http.Told.SequenceEqual(expected) ? Array.Empty<string>() : ["HTTP tells another story after the end"],
        ];
    }

    /// <summary>Waits for the file with which a run ends, or for so long that something must have gone wrong: neither asks the cluster.</summary>
    private static async Task ReceiptAsync(string output, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!File.Exists(Path.Combine(output, "receipt.json")) && TimeProvider.System.GetElapsedTime(since) < LongestUnwatched)
        {
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task AfterAsync(Task before, Func<Task> next)
    {
        await before;
        await next();
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<Task<T>> next)
    {
        await before;
        return await next();
    }

    /// <summary>Waits until the run has ended.</summary>
    /// <returns>What it came to; null where it was deleted.</returns>
    private static async Task<RunStatus?> EndAsync(Reach reach, string runId, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var status = await reach.InsistAsync(client => client.GetAsync(runId, cancellationToken), cancellationToken);
                if (status.State.IsFinal())
                {
                    return status;
                }
            }
            catch (RunNotFoundException)
            {
                return null;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Waits until every silo that is up has its devices back.</summary>
    /// <returns>How long that took, in seconds; null where it takes longer than a lease.</returns>
    private static async Task<double?> FreeAsync(Reach reach, SiloCluster cluster, List<string> problems, CancellationToken cancellationToken)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var devices = await reach.InsistAsync(client => client.ListDevicesAsync(cancellationToken), cancellationToken);
            var elapsed = TimeProvider.System.GetElapsedTime(since);
            if (devices.Length == cluster.Silos.Count && devices.All(device => device.State == DeviceState.Free))
            {
                return elapsed.TotalSeconds;
            }

            if (elapsed > Lease)
            {
                problems.Add($"devices are not free {elapsed.TotalSeconds:0} s after the end: {string.Join(", ", devices.Select(device => $"{device.Device.Id} {device.State} {device.RunId}"))}; {cluster.Silos.Count} silos are up");
                return null;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }
}
