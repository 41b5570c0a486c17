using System.Collections.Immutable;
using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>Steps of the product's own replicas, as a run makes them, without grains.</summary>
internal sealed class TrainedSteps : IAsyncDisposable
{
    public const int Batch = 32;
    public const int Shards = 4;

    private readonly List<LocalReplica> _replicas;
    private readonly int _stepsPerEpoch;
    private int _epoch;
    private int _step;

    private TrainedSteps(List<LocalReplica> replicas, int stepsPerEpoch)
    {
        _replicas = replicas;
        _stepsPerEpoch = stepsPerEpoch;
    }

    /// <summary>Where the first replica's time went so far.</summary>
    public StepTimes Times { get; private set; }

    /// <summary>Prepares replicas in the first phase.</summary>
    /// <param name="spec">The run.</param>
    /// <param name="workspaces">Where it is loaded.</param>
    /// <param name="replicas">How many.</param>
    /// <param name="kind">The kind of their devices.</param>
    /// <param name="run">Its id, where somebody else joins its workspace too.</param>
    public static async Task<TrainedSteps> PrepareAsync(RunSpec spec, RunWorkspaces workspaces, int replicas, string kind = "cpu", string? run = null)
    {
        var exchanges = new SharedExchanges();
        var members = Enumerable.Range(0, replicas).Select(i => new LocalReplica(workspaces, exchanges, $"{kind}:{i}")).ToList();
        var shards = ShardAssignment.Divide(spec.Shards, replicas);
        var id = run ?? Guid.NewGuid().ToString("N");
        var ready = await Task.WhenAll(members.Select(replica => replica.PrepareAsync(new() { RunId = id, Spec = spec }, CancellationToken.None)));
        ImmutableArray<GroupMember> group = [.. shards.Select(own => new GroupMember("here", null, own))];
        await Task.WhenAll(members.Select((replica, member) => replica.JoinAsync(
            new() { Generation = 1, Member = member, Members = group, Key = [] }, CancellationToken.None)));
        var mask = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, LayerTable.For(spec.Model), "freeze");
        await Task.WhenAll(members.Select(replica => replica.BeginPhaseAsync(
            new() { Generation = 1, Phase = 0, MaskVersion = 1, MaskHash = mask.Hash }, CancellationToken.None)));
        return new(members, (ready[0].TrainImages + spec.BatchSize - 1) / spec.BatchSize);
    }

    /// <summary>Trains whole epochs.</summary>
    /// <returns>Images trained on.</returns>
    public int Train(int epochs)
    {
        var images = 0;
        for (var i = 0; i < epochs; i++)
        {
            images += Steps(_stepsPerEpoch);
        }

        return images;
    }

    /// <summary>Trains the next steps, up to the end of an epoch.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>Images trained on.</returns>
    public int Steps(int count)
    {
        var order = new WindowOrder
        {
            Phase = 0,
            Epoch = _epoch,
            FirstStep = _step,
            Steps = Math.Min(count, _stepsPerEpoch - _step),
            Progress = new() { Epoch = _epoch, Step = _step },
            Generation = 1,
        };
        var reports = Task.WhenAll(_replicas.Select(replica => replica.RunWindowAsync(order, CancellationToken.None))).GetAwaiter().GetResult();
        Times += reports[0].Times;
        _step += order.Steps;
        if (_step == _stepsPerEpoch)
        {
            (_epoch, _step) = (_epoch + 1, 0);
        }

        return reports[0].Samples.Sum();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.ReleaseAsync();
        }
    }

    /// <summary>A spec over drawn images.</summary>
    public static RunSpec Spec(string images, FreezePolicy policy, FeatureCacheMode cache, FeatureType type = FeatureType.Fp32, int threads = 1, PrefixEngine engine = PrefixEngine.Onnx, int side = 224) => new()
    {
        Data = new() { Path = images, ImageSize = side },
        Phases = [new() { Freeze = policy, Epochs = 1_000, Optimizer = new() { Kind = OptimizerKind.Sgd, LearningRate = 1e-4 } }],
        BatchSize = Batch,
        Shards = Shards,
        ThreadsPerReplica = threads,
        Output = "unused",
        Features = new() { Cache = cache, Type = type, Engine = engine, DiskBytes = 0, MemoryBytes = 4L << 30 },
    };
}
