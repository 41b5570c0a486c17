using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Measures how many steps a long run makes in a while, undisturbed or with a silo killed and started again now and then.</summary>
/// <remarks>
/// All silos are on one machine, so that one that starts takes processor time from the others, as on machines of their own it would not. That is told from
/// the price of a loss by a run that is not disturbed while as many silos of nobody's start beside it.
/// </remarks>
/// <remarks>The run trains the last 32 layers (conv5) from kept features, on every device that there is.</remarks>
/// <param name="silos">Silos, with one device each.</param>
/// <param name="logs">Folder for their logs; made.</param>
internal sealed class GoodputRun(int silos, string logs) : IDisposable
{
    private const int WarmEpochs = 2;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-goodput-");

    private string Images => Path.Combine(_folder.FullName, "images");

    /// <summary>Measures once.</summary>
    /// <param name="lasts">For how long.</param>
    /// <param name="disturb">What is done meanwhile, until a moment; null does nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<GoodputMeasured> MeasureAsync(TimeSpan lasts, Disturbance? disturb, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Images))
        {
            DemoImages.Write(Images, seed: 1, size: 96, trainPerClass: 48, validationPerClass: 2, testPerClass: 2);
        }

        Directory.CreateDirectory(logs);
        // Checkpoints as seldom as by default: the silos of tests write one each second.
        await using var cluster = SiloCluster.Of(await RedisServer.StartAsync(keeps: true), logs, places: null, $"CheckpointSeconds={new SiloOptions().CheckpointSeconds}");
        for (var i = 0; i < silos; i++)
        {
            await cluster.AddAsync();
        }

        await using var reach = new Reach(cluster);
        var runId = await reach.InsistAsync(client => client.SubmitAsync(Spec(), cancellationToken: cancellationToken), cancellationToken);
        var story = new Story();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = ClientWatch.FollowAsync(cluster, runId, story, over.Token);
        if (!await story.UntilAsync(told => told.Any(one => one.Event is RunEvent.WindowDone { Epoch: >= WarmEpochs }), cancellationToken))
        {
            throw new InvalidOperationException($"The run ended before it could be measured: {story.Told[^1].Event}");
        }

        var from = Windows(story)[^1];
        var (kills, away) = disturb is null ? (0, TimeSpan.Zero) : await disturb(cluster, from.At + lasts);
        if (!await story.UntilAsync(told => told.Any(one => one.Event is RunEvent.WindowDone && one.Event.At >= from.At + lasts), cancellationToken))
        {
            throw new InvalidOperationException($"The run ended while it was measured: {story.Told[^1].Event}");
        }

        // Between the ends of two windows, the second of which is the first one after the while.
        var to = Windows(story).First(window => window.At >= from.At + lasts);
        await over.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var seconds = (to.At - from.At).TotalSeconds;
        return new((StepsOf(to) - StepsOf(from)) / seconds, kills, 1 - away.TotalSeconds / silos / seconds);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static List<RunEvent.WindowDone> Windows(Story story) => [.. story.Told.Select(one => one.Event).OfType<RunEvent.WindowDone>()];

    private static int StepsOf(RunEvent.WindowDone window) => window.Epoch * window.Steps + window.Step;

    /// <summary>Kills one silo after another and starts another one in its place at once.</summary>
    /// <param name="every">How often.</param>
    /// <param name="random">Says which silo.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static Disturbance Kills(TimeSpan every, Random random, CancellationToken cancellationToken) => async (cluster, until) =>
    {
        var (kills, away) = (0, TimeSpan.Zero);
        while (TimeProvider.System.GetUtcNow() + every < until)
        {
            var next = Task.Delay(every, cancellationToken);
            var killed = TimeProvider.System.GetTimestamp();
            var silos = cluster.Silos.Order().ToList();
            await cluster.KillAsync(silos[random.Next(silos.Count)]);
            kills++;
            await cluster.AddAsync();
            away += TimeProvider.System.GetElapsedTime(killed);
            await next;
        }

        return (kills, away);
    };

    /// <summary>Starts one silo after another that no run has to do with, and ends it.</summary>
    /// <param name="every">How often.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static Disturbance Starts(TimeSpan every, CancellationToken cancellationToken) => async (_, until) =>
    {
        while (TimeProvider.System.GetUtcNow() + every < until)
        {
            var next = Task.Delay(every, cancellationToken);
            await using (await SiloProcess.StartAsync("CpuSlots=1"))
            {
                await next;
            }
        }

        return (0, TimeSpan.Zero);
    };

    private RunSpec Spec() => new()
    {
        Data = new() { Path = Images, ImageSize = 96 },
        BatchSize = 32,
        Shards = 4,
        Seed = 5,
        Output = Path.Combine(_folder.FullName, Path.GetRandomFileName()),
        Replicas = silos,
        Features = new() { Directory = Path.Combine(_folder.FullName, "features") },
        Phases = [new() { Epochs = 10_000, Freeze = new FreezePolicy.LastLayers(32), Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-4 } }],
    };
}

/// <summary>What is done while a run is measured.</summary>
/// <param name="cluster">Its silos.</param>
/// <param name="until">When to end.</param>
/// <returns>How many silos were killed, and how long all of them together were away: from the kill to a silo that takes clients.</returns>
internal delegate Task<(int Kills, TimeSpan Away)> Disturbance(SiloCluster cluster, DateTimeOffset until);

/// <summary>What a run came to in a while.</summary>
/// <param name="StepsPerSecond">Steps that it had gone forward, per second.</param>
/// <param name="Kills">Silos that were killed.</param>
/// <param name="DevicesUp">Share of the devices that were up, 0 to 1.</param>
internal sealed record GoodputMeasured(double StepsPerSecond, int Kills, double DevicesUp);
