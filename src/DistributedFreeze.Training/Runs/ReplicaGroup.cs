using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

/// <summary>The replicas of a run as of one generation, asked together and held to the same answer.</summary>
/// <param name="seats">The members, by number.</param>
/// <param name="generation">The group's number within its run.</param>
internal sealed class ReplicaGroup(ImmutableArray<ReplicaSeat> seats, int generation)
{
    private const int KeyBytes = 32;

    /// <summary>The members, by number.</summary>
    public ImmutableArray<ReplicaSeat> Seats => seats;

    /// <summary>The group's number within its run.</summary>
    public int Generation => generation;

    public int Count => seats.Length;

    /// <summary>Ids of the members' devices.</summary>
    public ImmutableArray<string> Devices => [.. seats.Select(seat => seat.Device)];

    /// <summary>Gives every member its place and its shards.</summary>
    /// <param name="own">The shards of each.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task JoinAsync(ImmutableArray<ImmutableArray<int>> own, CancellationToken cancellationToken)
    {
        ImmutableArray<GroupMember> members = [.. seats.Select((seat, i) => new GroupMember(seat.Silo, seat.ExchangeAddress, own[i]))];
        ImmutableArray<byte> key = [.. RandomNumberGenerator.GetBytes(KeyBytes)];
        return AskAsync((seat, member) => seat.Replica.JoinAsync(
            new() { Generation = generation, Member = member, Members = members, Key = key }, cancellationToken));
    }

    /// <summary>Lets some members enter a phase.</summary>
    /// <exception cref="MaskMismatchException">A replica holds another mask: no step of the phase runs.</exception>
    /// <returns>What the first of them predicts of the phase; null where nothing was measured.</returns>
    public async Task<PhasePrediction?> BeginPhaseAsync(
        PhaseOrder order, Func<ReplicaSeat, bool> which, CancellationToken cancellationToken)
    {
        var acknowledged = await AskAsync(
            async (seat, _) => which(seat) ? await seat.Replica.BeginPhaseAsync(order with { Generation = generation }, cancellationToken) : null);
        for (var member = 0; member < acknowledged.Length; member++)
        {
            if (acknowledged[member] is { } held && (held.MaskVersion != order.MaskVersion || held.MaskHash != order.MaskHash))
            {
                throw new MaskMismatchException(
                    $"Replica {member} acknowledged mask {held.MaskVersion} ({held.MaskHash}); phase {order.Phase + 1} has mask "
                    + $"{order.MaskVersion} ({order.MaskHash}).");
            }
        }

        return acknowledged.FirstOrDefault(held => held is not null)?.Prediction;
    }

    /// <summary>Lets all members do a window.</summary>
    /// <returns>What it came to, and what each member says of it.</returns>
    public async Task<(WindowReport Whole, ImmutableArray<WindowReport> Members)> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken)
    {
        using var window = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reports = await AskAsync(async (seat, _) =>
        {
            try
            {
                return await seat.Replica.RunWindowAsync(order with { Generation = generation }, window.Token);
            }
            catch
            {
                // It may have left without breaking the exchange; the others would wait for it for ever.
                window.Cancel();
                await BreakAsync();
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

        var whole = reports[0] with
        {
            FeaturesComputed = reports.Sum(report => report.FeaturesComputed),
            FeaturesRead = reports.Sum(report => report.FeaturesRead),
        };
        return (whole, reports);
    }

    public async Task<SplitScore> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) =>
        SplitScore.Of(await AskAsync((seat, _) => seat.Replica.EvaluateAsync(split, cancellationToken)));

    /// <summary>Lets one member write its trainable state.</summary>
    public Task SaveCheckpointAsync(ReplicaSeat from, string path, RunProgress progress, CancellationToken cancellationToken) => AskAsync(
        (seat, _) => seat == from
            ? seat.Replica.SaveCheckpointAsync(new(path, CheckpointProgress.Format(progress), generation), cancellationToken)
            : Task.CompletedTask);

    /// <summary>Lets some members take over a checkpoint.</summary>
    public Task LoadCheckpointAsync(string path, Func<ReplicaSeat, bool> which, CancellationToken cancellationToken) => AskAsync(
        (seat, _) => which(seat) ? seat.Replica.LoadCheckpointAsync(path, cancellationToken) : Task.CompletedTask);

    /// <exception cref="RunFailedException">Two replicas hold different weights.</exception>
    public async Task RequireSameModelAsync(CancellationToken cancellationToken)
    {
        var models = await AskAsync((seat, _) => seat.Replica.SaveModelAsync(null, cancellationToken));
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

    public async Task<ModelReport> SaveModelAsync(string path, CancellationToken cancellationToken) => (await AskAsync(
        async (seat, member) => member == 0 ? await seat.Replica.SaveModelAsync(path, cancellationToken) : null))[0]!;

    /// <summary>Law 1: hashes what stayed frozen, on every replica, against what was loaded.</summary>
    /// <param name="loaded">What a member had loaded.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailedException">A frozen layer changed.</exception>
    public async Task<ImmutableArray<FrozenLayer>> ProveFrozenAsync(
        Func<ReplicaSeat, ReplicaReady> loaded, CancellationToken cancellationToken)
    {
        var after = await AskAsync((seat, _) => seat.Replica.HashFrozenAsync(cancellationToken));
        for (var member = 0; member < after.Length; member++)
        {
            var before = loaded(seats[member]).LayerHashes;
            var changed = after[member].Where(layer => before[layer.Key] != layer.Value).Select(layer => layer.Key).ToList();
            if (changed.Count > 0)
            {
                throw FrozenDrift.Of($"replica {member} ({seats[member].Device})", changed);
            }
        }

        return after.IsEmpty ? [] : [.. after[0].Select(layer => new FrozenLayer(layer.Key, loaded(seats[0]).LayerHashes[layer.Key], layer.Value))];
    }

    /// <summary>Asks every member that can be reached to end what it is doing after the current step.</summary>
    public Task StopAsync() => TellAsync(replica => replica.StopAsync());

    /// <summary>Breaks the exchange on every member that can be reached.</summary>
    public Task BreakAsync() => TellAsync(replica => replica.BreakAsync(generation));

    private Task TellAsync(Func<IReplica, Task> tell) => Task.WhenAll(seats.Select(async seat =>
    {
        try
        {
            await tell(seat.Replica);
        }
        catch (ReplicaLostException)
        {
            // Then there is nothing left to end there.
        }
    }));

    /// <summary>Asks every member at once, and waits for every answer.</summary>
    /// <exception cref="GroupBrokenException">Members were lost, or the exchange broke; whatever else went wrong is thrown as it is.</exception>
    public async Task<ImmutableArray<T>> AskAsync<T>(Func<ReplicaSeat, int, Task<T>> ask)
    {
        var answers = seats.Select(ask).ToList();
        await ((Task)Task.WhenAll(answers)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (answers.TrueForAll(answer => answer.IsCompletedSuccessfully))
        {
            return [.. answers.Select(answer => answer.Result)];
        }

        var reasons = answers.Select(answer => answer.Exception?.InnerException).ToList();
        if (reasons.FirstOrDefault(reason => reason is not (null or ExchangeBrokenException or ReplicaLostException)) is { } fatal)
        {
            ExceptionDispatchInfo.Throw(fatal);
        }

        if (answers.Find(answer => answer.IsCanceled) is { } cancelled && reasons.TrueForAll(reason => reason is null))
        {
            await cancelled;
        }

        ImmutableArray<(ReplicaSeat, ReplicaLostException)> lost =
            [.. seats.Zip(reasons).Where(pair => pair.Second is ReplicaLostException).Select(pair => (pair.First, (ReplicaLostException)pair.Second!))];
        var message = (lost is [var (_, first), ..] ? first : reasons.Find(reason => reason is not null))?.Message ?? "A call was cancelled.";
        throw new GroupBrokenException(message, lost);
    }

    private Task<ImmutableArray<bool>> AskAsync(Func<ReplicaSeat, int, Task> ask) => AskAsync(async (seat, member) =>
    {
        await ask(seat, member);
        return true;
    });
}
