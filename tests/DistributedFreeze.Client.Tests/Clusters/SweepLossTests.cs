using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;
using DistributedFreeze.Training.Sweeps;

namespace DistributedFreeze.Client.Tests.Clusters;

/// <summary>A sweep with real processes: whoever is killed, it comes to what it comes to on one machine.</summary>
[Slow(seconds: 90)]
public sealed class SweepLossTests : IDisposable
{
    private static readonly double[] Rates = [1e-7, 1e-3, 1e-5, 1e-4];

    private readonly DrawnImages _images = new();

    [Fact]
    public async Task ASiloThatIsKilled_AndAProgramThatIs_LoseNoTrialsResult()
    {
        await using var cluster = await SiloCluster.StartAsync(silos: 2);
        var request = Request();
        using (var program = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken))
        {
            await using var first = await cluster.ConnectAsync();
            var epochs = new AtEpochs(25);
            var swept = first.Client.SweepAsync(request, epochs, program.Token);
            await epochs.Reached.WaitAsync(TestContext.Current.CancellationToken);
            await cluster.KillAsync(SiloCluster.CoordinatorOf(await RunningAsync(first.Client)));
            await program.CancelAsync();
            Assert.False((await swept).IsWhole);
        }

        await using var later = await cluster.ConnectAsync();
        var result = await later.Client.SweepAsync(request, cancellationToken: TestContext.Current.CancellationToken);

        var alone = new Sweeper(new() { Trials = [.. request.Trials.Select(trial => trial.Spec)], Metric = request.Metric, Halving = request.Halving }, _ => { }).Run(TestContext.Current.CancellationToken);
        Assert.Equal(alone.Select(Untimed), result.Trials.Select(trial => Untimed(trial.Result)));
        Assert.Equal([10, 10, 20, 40], alone.Select(trial => trial.Epochs.Length).Order());
        Assert.Equal(result.Best!.Result.ModelSha256, alone.Single(trial => trial.State == TrialState.Finished).ModelSha256);
        Assert.Single(cluster.Silos);
        Assert.All(await later.Client.ListDevicesAsync(TestContext.Current.CancellationToken), device => Assert.Null(device.RunId));
    }

    public void Dispose() => _images.Dispose();

    private SweepRequest Request() => new()
    {
        Name = "lost",
        Trials = [.. Rates.Select((rate, i) => new NamedTrial($"trial-{i}", Spec(i, rate)))],
        Metric = EpochMeasure.Loss,
        Halving = new(FromEpoch: 10, Factor: 2),
    };

    private RunSpec Spec(int number, double rate) => new()
    {
        Data = new() { Path = _images.Path, ImageSize = 40 },
        Model = new() { RandomWeights = true },
        BatchSize = 12,
        Shards = 4,
        Replicas = 1,
        Output = _images.In($"trial-{number}"),
        Phases =
        [
            new() { Epochs = 15, Optimizer = new() { LearningRate = rate } },
            new() { Epochs = 25, Freeze = new Freezing.FreezePolicy.LastLayers(10), Optimizer = new() { LearningRate = rate } },
        ],
    };

    private static async Task<RunStatus> RunningAsync(DistributedFreezeClient client)
    {
        using var turns = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            if ((await client.ListAsync(cancellationToken: TestContext.Current.CancellationToken)).FirstOrDefault(run => run is { State: RunState.Running, Coordinator: not null }) is { } running)
            {
                return running;
            }

            await turns.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string Untimed(TrialResult trial) =>
        $"{trial.State} {trial.ModelSha256} {string.Join(' ', trial.Epochs.Select(epoch => epoch with { Seconds = 0, ImagesPerSecond = 0, FeaturesComputed = 0, FeaturesRead = 0 }))}";

    /// <summary>Waits until trials have trained so many epochs together.</summary>
    private sealed class AtEpochs(int epochs) : IProgress<SweepProgress>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Report(SweepProgress value)
        {
            if (value.Done >= epochs)
            {
                _reached.TrySetResult();
            }
        }
    }
}
