using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>The replicas of a run as of one generation, asked together and held to the same answer.</summary>
/// <param name="handles">The members, by number.</param>
/// <param name="generation">The group's number within its run.</param>
internal sealed class ReplicaGroup(ImmutableArray<ReplicaHandle> handles, int generation)
{
    private const int KeyBytes = 32;

    /// <summary>The members, by number.</summary>
    public ImmutableArray<ReplicaHandle> Handles => handles;

    /// <summary>The group's number within its run.</summary>
    public int Generation => generation;

    public int Count => handles.Length;

    /// <summary>Ids of the members' devices.</summary>
    public ImmutableArray<string> Devices => [.. handles.Select(handle => handle.Device)];

    /// <summary>Gives every member its place and its shards.</summary>
    /// <param name="own">The shards of each.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task JoinAsync(ImmutableArray<ImmutableArray<int>> own, CancellationToken cancellationToken)
    {
        ImmutableArray<GroupMember> members = [.. handles.Select((handle, i) => new GroupMember(handle.Silo, handle.ExchangeAddress, own[i]))];
        ImmutableArray<byte> key = [.. RandomNumberGenerator.GetBytes(KeyBytes)];
        return AskAsync((handle, member) => handle.Replica.JoinAsync(
            new() { Generation = generation, Member = member, Members = members, Key = key }, cancellationToken));
    }

    /// <summary>Lets some members enter a phase.</summary>
    /// <exception cref="MaskMismatchException">A replica holds another mask: no step of the phase runs.</exception>
    /// <returns>What the first of them predicts of the phase; null where nothing was measured.</returns>
    public async Task<PhaseEstimate?> BeginPhaseAsync(
        PhaseOrder order, Func<ReplicaHandle, bool> which, CancellationToken cancellationToken)
    {
        var acknowledged = await AskAsync(
            async (handle, _) => which(handle) ? await handle.Replica.BeginPhaseAsync(order with { Generation = generation }, cancellationToken) : null);
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
        var reports = await AskTogetherAsync((replica, token) => replica.RunWindowAsync(order with { Generation = generation }, token), cancellationToken);
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

    /// <summary>Lets every member score its share of a split.</summary>
    /// <param name="split">The split.</param>
    /// <param name="state">Which of the run's states is to be scored: that in which every member should be.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GroupBrokenException">Members were lost, or have scored another state.</exception>
    public async Task<SplitScore> EvaluateAsync(EvaluationSplit split, long state, CancellationToken cancellationToken) => SplitScore.Of(await AskAsync(async (handle, _) =>
    {
        var report = await handle.Replica.EvaluateAsync(split, cancellationToken);
        RequireState(report.StateNumber, state, "scored");
        return report;
    }));

    /// <summary>Lets all members end their phase.</summary>
    /// <param name="progress">Where the run stands: after the phase's last epoch.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task EndPhaseAsync(RunProgress progress, CancellationToken cancellationToken) =>
        AskAsync((handle, _) => handle.Replica.EndPhaseAsync(new(progress, generation), cancellationToken));

    /// <summary>Lets one member write its trainable state.</summary>
    public Task SaveCheckpointAsync(ReplicaHandle from, string path, RunProgress progress, CancellationToken cancellationToken) => AskAsync(
        (handle, _) => handle == from
            ? handle.Replica.SaveCheckpointAsync(new(path, CheckpointProgress.Format(progress), generation), cancellationToken)
            : Task.CompletedTask);

    /// <summary>Lets some members take over a checkpoint.</summary>
    public Task LoadCheckpointAsync(string path, Func<ReplicaHandle, bool> which, CancellationToken cancellationToken) => AskAsync(
        (handle, _) => which(handle) ? handle.Replica.LoadCheckpointAsync(path, cancellationToken) : Task.CompletedTask);

    /// <summary>Lets a member that holds the run's state broadcast it to all others.</summary>
    /// <param name="from">That member.</param>
    /// <param name="holds">Whether a member is known to hold the state already.</param>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="cancellationToken">Ends the waiting, and breaks the exchange.</param>
    /// <exception cref="GroupBrokenException">Members were lost, or do not hold the same afterwards.</exception>
    public async Task BroadcastStateAsync(ReplicaHandle from, Func<ReplicaHandle, bool> holds, RunProgress progress, CancellationToken cancellationToken)
    {
        var root = handles.IndexOf(from);
        var hashes = await AskTogetherAsync((replica, token) => replica.BroadcastStateAsync(new(progress, root, generation), token), cancellationToken);
        ImmutableArray<ReplicaHandle> others = [.. handles.Where((_, member) => hashes[member] != hashes[root])];
        if (others.IsEmpty)
        {
            return;
        }

        // Which of two members is damaged that both held the state, nobody knows: they are asked where they stand, and with what.
        var message = $"{string.Join(", ", others.Select(handle => handle.Device))} and {from.Device} hold different states after it was broadcast.";
        throw new GroupBrokenException(
            message,
            others.Any(holds) ? [] : [.. others.Select(handle => (handle, new ReplicaLostException("It holds another state than was broadcast to it.")))]);
    }

    /// <summary>Compares what all members hold.</summary>
    /// <param name="state">Which of the run's states they should be in.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GroupBrokenException">Members were lost, or are in another state.</exception>
    /// <exception cref="RunFailedException">Two replicas hold different weights.</exception>
    public async Task RequireSameModelAsync(long state, CancellationToken cancellationToken)
    {
        var models = await AskAsync((handle, _) => ModelOfAsync(handle, path: null, state, cancellationToken));
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

    /// <summary>Lets the first member write the model.</summary>
    /// <param name="path">Where.</param>
    /// <param name="state">Which of the run's states it is to be.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GroupBrokenException">It was lost, or has written another state.</exception>
    public async Task<ModelReport> SaveModelAsync(string path, long state, CancellationToken cancellationToken) => (await AskAsync(
        async (handle, member) => member == 0 ? await ModelOfAsync(handle, path, state, cancellationToken) : null))[0]!;

    private static async Task<ModelReport> ModelOfAsync(ReplicaHandle handle, string? path, long state, CancellationToken cancellationToken)
    {
        var model = await handle.Replica.SaveModelAsync(path, cancellationToken);
        RequireState(model.StateNumber, state, path is null ? "compared" : "written");
        return model;
    }

    /// <summary>An order may arrive late, or a second time, and take a state away in between.</summary>
    /// <exception cref="ReplicaLostException">What a member did was done with another state.</exception>
    private static void RequireState(long? held, long state, string what)
    {
        if (held is { } other && other != state)
        {
            throw new ReplicaLostException($"It does not hold the state that was to be {what}.");
        }
    }

    /// <summary>Law 1: hashes what stayed frozen, on every replica, against what was loaded.</summary>
    /// <param name="loaded">What a member had loaded.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RunFailedException">A frozen layer changed.</exception>
    public async Task<ImmutableArray<FrozenLayer>> ProveFrozenAsync(
        Func<ReplicaHandle, ReplicaReady> loaded, CancellationToken cancellationToken)
    {
        var after = await AskAsync((handle, _) => handle.Replica.HashFrozenAsync(cancellationToken));
        for (var member = 0; member < after.Length; member++)
        {
            var before = loaded(handles[member]).LayerHashes;
            var changed = after[member].Where(layer => before[layer.Key] != layer.Value).Select(layer => layer.Key).ToList();
            if (changed.Count > 0)
            {
                throw FrozenDrift.Of($"replica {member} ({handles[member].Device})", changed);
            }
        }

        return after.IsEmpty ? [] : [.. after[0].Select(layer => new FrozenLayer(layer.Key, loaded(handles[0]).LayerHashes[layer.Key], layer.Value))];
    }

    /// <summary>Asks every member that can be reached to end what it is doing after the current step.</summary>
    public Task StopAsync() => TellAsync(replica => replica.StopAsync());

    /// <summary>Breaks the exchange on every member that can be reached.</summary>
    public Task BreakAsync() => TellAsync(replica => replica.BreakAsync(generation));

    private Task TellAsync(Func<IReplica, Task> tell) => Task.WhenAll(handles.Select(async handle =>
    {
        try
        {
            await tell(handle.Replica);
        }
        catch (ReplicaLostException)
        {
            // Then there is nothing left to end there.
        }
    }));

    /// <summary>Asks every member at once, and waits for every answer.</summary>
    /// <exception cref="GroupBrokenException">Members were lost, or the exchange broke; whatever else went wrong is thrown as it is.</exception>
    public async Task<ImmutableArray<T>> AskAsync<T>(Func<ReplicaHandle, int, Task<T>> ask)
    {
        var answers = handles.Select(ask).ToList();
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

        ImmutableArray<(ReplicaHandle, ReplicaLostException)> lost =
            [.. handles.Zip(reasons).Where(pair => pair.Second is ReplicaLostException).Select(pair => (pair.First, (ReplicaLostException)pair.Second!))];
        var message = (lost is [var (_, first), ..] ? first : reasons.Find(reason => reason is not null))?.Message ?? "A call was cancelled.";
        throw new GroupBrokenException(message, lost);
    }

    /// <summary>Asks every member for what they do together: where one fails, the others would wait for it for ever.</summary>
    private async Task<ImmutableArray<T>> AskTogetherAsync<T>(Func<IReplica, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        return await AskAsync(async (handle, _) =>
        {
            try
            {
                return await ask(handle.Replica, together.Token);
            }
            catch
            {
                together.Cancel();
                await BreakAsync(); // it may have left without doing so
                throw;
            }
        });
    }

    private Task<ImmutableArray<bool>> AskAsync(Func<ReplicaHandle, int, Task> ask) => AskAsync(async (handle, member) =>
    {
        await ask(handle, member);
        return true;
    });
}
