using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Exchange;

namespace DistributedFreeze.Training.Runs;

/// <summary>The replicas of a run, asked together and held to the same answer.</summary>
internal sealed class ReplicaGroup(IReadOnlyList<IReplica> replicas)
{
    public int Count => replicas.Count;

    public async Task<ImmutableArray<ReplicaReady>> PrepareAsync(string runId, RunSpec spec, CancellationToken cancellationToken)
    {
        var shards = ShardAssignment.Divide(spec.Shards, Count);
        var ready = await AskAsync((replica, member) => replica.PrepareAsync(
            new() { RunId = runId, Spec = spec, Member = member, Members = Count, Shards = shards[member] }, cancellationToken));
        RequireSame(ready, replica => replica.DataHash, "data.path", "other images");
        RequireSame(ready, replica => replica.BaseHash, "model.weights", "other base weights");
        return ready;
    }

    /// <exception cref="MaskMismatchException">A replica holds another mask: no step of the phase runs.</exception>
    /// <returns>What the first replica predicts of the phase; null where nothing was measured.</returns>
    public async Task<PhasePrediction?> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken)
    {
        var acknowledged = await AskAsync((replica, _) => replica.BeginPhaseAsync(order, cancellationToken));
        for (var member = 0; member < acknowledged.Length; member++)
        {
            var held = acknowledged[member];
            if (held.MaskVersion != order.MaskVersion || held.MaskHash != order.MaskHash)
            {
                throw new MaskMismatchException(
                    $"Replica {member} acknowledged mask {held.MaskVersion} ({held.MaskHash}); phase {order.Phase + 1} has mask "
                    + $"{order.MaskVersion} ({order.MaskHash}).");
            }
        }

        return acknowledged[0].Prediction;
    }

    public async Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken)
    {
        using var window = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reports = await AskAsync(async (replica, _) =>
        {
            try
            {
                return await replica.RunWindowAsync(order, window.Token);
            }
            catch
            {
                // It may have left without breaking the exchange; the others would wait for it for ever.
                await window.CancelAsync();
                throw;
            }
        });
        for (var member = 1; member < reports.Length; member++)
        {
            if (!reports[member].Losses.SequenceEqual(reports[0].Losses))
            {
                throw new RunFailedException(
                    $"Replica {member} and replica 0 report different losses for the same steps of phase {order.Phase + 1}, epoch "
                    + $"{order.Epoch + 1}: the exchange is broken.");
            }
        }

        return reports[0] with
        {
            FeaturesComputed = reports.Sum(report => report.FeaturesComputed),
            FeaturesRead = reports.Sum(report => report.FeaturesRead),
        };
    }

    public async Task<SplitScore> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) =>
        SplitScore.Of(await AskAsync((replica, _) => replica.EvaluateAsync(split, cancellationToken)));

    public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) =>
        replicas[0].SaveCheckpointAsync(order, cancellationToken);

    public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => AskAsync(async (replica, _) =>
    {
        await replica.LoadCheckpointAsync(path, cancellationToken);
        return true;
    });

    /// <exception cref="RunFailedException">Two replicas hold different weights.</exception>
    public async Task RequireSameModelAsync(CancellationToken cancellationToken)
    {
        var models = await AskAsync((replica, _) => replica.SaveModelAsync(null, cancellationToken));
        for (var member = 1; member < models.Length; member++)
        {
            if (models[member].Sha256 != models[0].Sha256)
            {
                throw new RunFailedException(
                    $"Replica {member} and replica 0 ended with different weights ({models[member].Sha256[..12]}, {models[0].Sha256[..12]}): "
                    + "they run on different kinds of device or library.");
            }
        }
    }

    public Task<ModelReport> SaveModelAsync(string path, CancellationToken cancellationToken) =>
        replicas[0].SaveModelAsync(path, cancellationToken);

    /// <summary>Law 1: hashes what stayed frozen, on every replica, against what was loaded.</summary>
    /// <exception cref="RunFailedException">A frozen layer changed.</exception>
    public async Task<ImmutableArray<FrozenLayer>> ProveFrozenAsync(ImmutableArray<ReplicaReady> ready, CancellationToken cancellationToken)
    {
        var after = await AskAsync((replica, _) => replica.HashFrozenAsync(cancellationToken));
        for (var member = 0; member < after.Length; member++)
        {
            var changed = after[member].Where(layer => ready[member].LayerHashes[layer.Key] != layer.Value).Select(layer => layer.Key).ToList();
            if (changed.Count > 0)
            {
                throw new RunFailedException(
                    $"Frozen layers changed on replica {member}: {string.Join(", ", changed)}. No model was written; this is a defect of the program.");
            }
        }

        return [.. after[0].Select(layer => new FrozenLayer(layer.Key, ready[0].LayerHashes[layer.Key], layer.Value))];
    }

    public Task StopAsync() => Task.WhenAll(replicas.Select(replica => replica.StopAsync()));

    /// <summary>Asks every replica at once. Where several fail, the one that knows the reason is heard.</summary>
    private async Task<ImmutableArray<T>> AskAsync<T>(Func<IReplica, int, Task<T>> ask)
    {
        var answers = replicas.Select(ask).ToList();
        try
        {
            return [.. await Task.WhenAll(answers)];
        }
        catch (Exception)
        {
            var reasons = answers.Where(answer => answer.IsFaulted).SelectMany(answer => answer.Exception!.InnerExceptions).ToList();
            if (reasons.FirstOrDefault(reason => reason is not ExchangeBrokenException) is { } reason)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(reason);
            }

            throw;
        }
    }

    private static void RequireSame(ImmutableArray<ReplicaReady> ready, Func<ReplicaReady, string> hash, string field, string what)
    {
        for (var member = 1; member < ready.Length; member++)
        {
            if (hash(ready[member]) != hash(ready[0]))
            {
                throw new InvalidInputException(field, $"must lead to the same content on every silo: replica {member} sees {what} than replica 0");
            }
        }
    }
}
