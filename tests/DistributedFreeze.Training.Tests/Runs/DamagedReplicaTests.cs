using System.Collections.Immutable;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Checkpoints;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>A replica whose memory is damaged, as by a card that fails: the run ends right, or says what is wrong.</summary>
[Slow]
public sealed class DamagedReplicaTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task AWeightThatIsNoNumberOnOneReplicaAlone_SetsTheRunBackAndIsNotTakenForDivergence()
    {
        var spec = undisturbed.NewSpec();
        var events = new List<RunEvent>();
        var isDamaged = false;

        var outcome = await undisturbed.RunAsync(spec, 2, onEvent: (_, e) => events.Add(e), wrap: (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = async order =>
            {
                if (!isDamaged && order.FirstStep > 0)
                {
                    isDamaged = true;
                    await DamageAsync(replica, order, float.NaN);
                }
            },
        });

        Assert.True(isDamaged);
        undisturbed.AssertSame(outcome, spec, 2);
        Assert.Contains("one of them is damaged", Assert.Single(events.OfType<RunEvent.SetBack>()).Reason, StringComparison.Ordinal);
    }

    /// <summary>By the time that GPUs of one silo learn of it, all of them have gone on with it.</summary>
    [Fact]
    public async Task AWeightThatIsNoNumberOnOneDevice_SetsTheRunBackAndIsNotTakenForDivergence()
    {
        using var own = OnDevices(undisturbed.NewSpec());
        var whole = await own.RunAsync(1);
        var (events, isDamaged) = (new List<RunEvent>(), false);

        var outcome = await LocalRun.RunAsync(undisturbed.NewSpec(), 2, onEvent: (_, e) => events.Add(e), workspaces: own.Workspaces, time: new ManualClock(), wrap: (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = async order =>
            {
                if (!isDamaged && order.FirstStep > 0)
                {
                    isDamaged = true;
                    await DamageAsync(replica, order, float.NaN);
                }
            },
        });

        Assert.True(isDamaged);
        Assert.Equal(whole.Receipt!.ModelSha256, outcome.Receipt!.ModelSha256);
        Assert.Contains("or one of them is damaged", Assert.Single(events.OfType<RunEvent.SetBack>()).Reason, StringComparison.Ordinal);
    }

    /// <summary>A flipped bit leaves a number: nobody notices until hashes are compared, and then no model is written.</summary>
    [Fact]
    public async Task AWeightThatIsAnotherNumberOnOneReplicaAlone_EndsTheRunWithThatReason()
    {
        var spec = undisturbed.NewSpec();
        var isDamaged = false;

        var error = await Assert.ThrowsAsync<RunFailedException>(() => undisturbed.RunAsync(spec, 2, wrap: (replica, member) => member != 1 ? replica : new WatchedReplica(replica)
        {
            BeforeWindow = async order =>
            {
                if (!isDamaged && order.FirstStep > 0)
                {
                    isDamaged = true;
                    await DamageAsync(replica, order, 0.1234f);
                }
            },
        }));

        Assert.Contains("Replica 1 and replica 0 ended with different weights", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(new OutputFolder(spec.Output).Model));
    }

    [Fact]
    public async Task AFeatureThatChangesInMemory_IsComputedAgain()
    {
        var spec = undisturbed.NewSpec() with { Features = new() { Cache = FeatureCacheMode.On, DiskBytes = 0 } };
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        var workspace = own.Workspace;
        var flipped = 0;

        var outcome = await own.RunAsync(2, onEvent: (_, e) =>
        {
            if (e is RunEvent.EpochDone { Result: { Phase: 1, Epoch: 0 } })
            {
                var end = workspace.Run.Routes[1].Boundary;
                var key = FeatureKeys.Of(workspace.Features, end, 0, PrefixHash.Of(own.Table, end, layer => own.Weights.LayerHashes[layer.Name]), CPU);
                using var set = workspace.Features.Store.Open(key, workspace.Run.ElementsAt(end), FeatureType.Fp32);
                foreach (var image in workspace.Run.Data.Train)
                {
                    set.FindInMemory(image.Hash)[6] ^= 0x40;
                    flipped++;
                }
            }
        });

        Assert.Equal(28, flipped);
        Assert.Equal(28, workspace.Features.Store.Counts.MemoryDamages);
        undisturbed.AssertSame(outcome, spec, 2);
    }

    public void Dispose() => _folder.Dispose();

    private static UndisturbedRun.OwnWorkspace OnDevices(RunSpec spec)
    {
        var own = new UndisturbedRun.OwnWorkspace(spec);
        own.Workspace.Features.Residency = new(OnProcessor: true, Budget: null);
        return own;
    }

    /// <summary>Changes one weight in the replica's memory, by way of a checkpoint of its own.</summary>
    private async Task DamageAsync(IReplica replica, WindowOrder order, float value)
    {
        var path = _folder.In("damaged.safetensors");
        await replica.SaveCheckpointAsync(new(path, CheckpointProgress.Format(order.Progress), order.Generation), TestContext.Current.CancellationToken);
        var stamp = CheckpointHeader.Read(path);
        using (NewDisposeScope())
        {
            var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            var optimizer = ImmutableArray.CreateBuilder<(string, Tensor)>();
            using (var file = SafetensorsFile.Open(path, path))
            {
                foreach (var info in file.Tensors)
                {
                    var tensor = TensorFile.Read(file, info, CPU);
                    if (info.Name.StartsWith("optimizer.", StringComparison.Ordinal))
                    {
                        optimizer.Add((info.Name["optimizer.".Length..], tensor));
                    }
                    else
                    {
                        tensors.Add(info.Name, tensor);
                    }
                }
            }

            tensors.Values.First().view(-1)[0] = tensor(value);
            CheckpointFile.Write(path, stamp, tensors, optimizer.ToImmutable(), []);
        }

        await replica.LoadCheckpointAsync(path, TestContext.Current.CancellationToken);
    }
}
