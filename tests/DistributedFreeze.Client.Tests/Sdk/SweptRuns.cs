using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>A cluster whose runs train at once, as far as they are asked to: the loss of an epoch is the run's learning rate divided by the epoch, from 1.</summary>
internal sealed class SweptRuns
{
    private readonly Dictionary<string, SweptRun> _runs = new(StringComparer.Ordinal);
    private readonly Lock _one = new();

    public SweptRuns() => Factory = Proxy.Of<IGrainFactory>((_, args) => Door((string)args[0]!));

    public IGrainFactory Factory { get; }

    /// <summary>Whether its silos know only what they knew before there were runs that pause after an epoch.</summary>
    public bool IsOld { get; init; }

    /// <summary>Whether epochs have no scores.</summary>
    public bool ValidatesNothing { get; init; }

    /// <summary>Whether readers of events get none, as of runs whose silo died before it told them.</summary>
    public bool LosesEvents { get; set; }

    /// <summary>Calls that changed something, as <c>method id arguments</c>, without the hash of the id.</summary>
    public List<string> Orders { get; } = [];

    /// <summary>Trials whose epochs somebody has read.</summary>
    public HashSet<string> Read { get; } = new(StringComparer.Ordinal);

    /// <summary>Happens when the epochs of another trial are read.</summary>
    public Action WhenRead { get; set; } = () => { };

    /// <summary>Happens before an order is done.</summary>
    public Action<string> Before { get; set; } = _ => { };

    public SweptRun this[string trial] => _runs.Single(run => run.Key.Contains($"-{trial}-", StringComparison.Ordinal)).Value;

    private IRunGrain Door(string id) => Proxy.Of<IRunGrain>((method, args) =>
    {
        lock (_one)
        {
            if (!method.Name.StartsWith("Get", StringComparison.Ordinal) && !method.Name.StartsWith("Read", StringComparison.Ordinal))
            {
                var order = string.Join(' ', [method.Name, id[..^11], .. args.Where(arg => arg is int or string)]);
                Before(order);
                Orders.Add(order);
                if (IsOld && method.Name.Contains("Until", StringComparison.Ordinal))
                {
                    return Task.FromException(new TypeLoadException("no such method"));
                }
            }

            var run = _runs.GetValueOrDefault(id);
            switch (method.Name)
            {
                case nameof(IRunGrain.StartAsync) or nameof(IRunGrain.StartUntilAsync):
                    _runs.TryAdd(id, new(id, ((RunSubmission)args[0]!).Spec, ValidatesNothing));
                    if (run is null)
                    {
                        _runs[id].TrainTo(args.Length > 1 ? (int)args[1]! : null);
                    }

                    return Task.CompletedTask;
                case nameof(IRunGrain.ResumeAsync) or nameof(IRunGrain.ResumeUntilAsync):
                    if (run!.State is RunState.Succeeded or RunState.Cancelled)
                    {
                        return Task.FromException(new InvalidInputException("run", "cannot be resumed"));
                    }

                    run.TrainTo(args.Length > 0 ? (int)args[0]! : null);
                    return Task.CompletedTask;
                case nameof(IRunGrain.CancelBecauseAsync):
                    run!.End(RunState.Cancelled, $"Cancelled: {args[0]}.");
                    return Task.CompletedTask;
                case nameof(IRunGrain.GetStatusAsync):
                    return Task.FromResult(run!.Status);
                case nameof(IRunGrain.ReadEpochsAsync):
                    if (Read.Add(id))
                    {
                        WhenRead();
                    }

                    return Task.FromResult<ImmutableArray<EpochResult>>([.. run!.Epochs.Skip((int)args[0]!)]);
                case nameof(IRunGrain.ReadEventsAsync):
                    return LosesEvents ? Task.FromResult<ImmutableArray<RunEvent>>([]) : run!.ReadAsync((long)args[0]!);
                default:
                    throw new NotSupportedException(method.Name);
            }
        }
    });
}

/// <summary>A run of <see cref="SweptRuns"/>.</summary>
internal sealed class SweptRun(string id, RunSpec spec, bool validatesNothing)
{
    private readonly TaskCompletionSource _waitedFor = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody waits for news of it.</summary>
    public Task WaitedFor => _waitedFor.Task;

    public RunState State { get; private set; } = RunState.Queued;

    public List<EpochResult> Epochs { get; } = [];

    public List<RunEvent> Events { get; } = [];

    private int? PauseAfter { get; set; }

    private string? Reason { get; set; }

    private int Length => spec.Phases.Sum(phase => phase.Epochs);

    public RunStatus Status => new()
    {
        RunId = id,
        State = State,
        Spec = spec,
        EpochsDone = Epochs.Count,
        LastEvent = Events.Count,
        PauseAfterEpoch = PauseAfter,
        Reason = Reason,
        Receipt = State != RunState.Succeeded ? null : new()
        {
            RunId = id,
            Program = "test",
            ModelSha256 = $"model of {id}",
            BaseSha256 = "base",
            DataSha256 = "data",
            MaskHash = "mask",
            TrainableParameters = 1,
            FrozenUnchanged = true,
            TrainLoss = [],
            Replicas = 1,
            Devices = [],
            ImagesPerSecond = 1,
            Seconds = 7,
            Classes = [],
            Phases = [],
            Epochs = [.. Epochs],
            FrozenLayers = [],
            Spec = spec,
        },
    };

    /// <summary>Trains up to some epochs, or to the end.</summary>
    public void TrainTo(int? epochs)
    {
        PauseAfter = epochs;
        while (Epochs.Count < Math.Min(epochs ?? Length, Length))
        {
            var loss = spec.Phases[0].Optimizer.LearningRate / (Epochs.Count + 1);
            Epochs.Add(new() { Phase = 0, Epoch = Epochs.Count, TrainLoss = loss, TrainAccuracy = 0, ValidationLoss = validatesNothing ? null : loss, Seconds = 1, ImagesPerSecond = 1, IsBest = true });
            Tell(new RunEvent.EpochDone(Epochs[^1]));
        }

        if (Epochs.Count == Length)
        {
            End(RunState.Succeeded, null);
        }
        else
        {
            Pause();
        }
    }

    /// <summary>It trained some epochs, and somebody paused it before it came to where it was to pause.</summary>
    public void PauseByHand(int epochs, int pauseAfter)
    {
        (State, PauseAfter) = (RunState.Paused, pauseAfter);
        Epochs.RemoveRange(epochs, Epochs.Count - epochs);
    }

    public void End(RunState state, string? reason)
    {
        (State, Reason) = (state, reason);
        Tell(new RunEvent.Ended(state, reason, []));
    }

    public async Task<ImmutableArray<RunEvent>> ReadAsync(long after)
    {
        while (Events.Count <= after)
        {
            _waitedFor.TrySetResult();
            await _news.Task;
        }

        return [.. Events.Skip((int)after)];
    }

    private void Pause()
    {
        State = RunState.Paused;
        Tell(new RunEvent.Paused());
    }

    private void Tell(RunEvent happened)
    {
        Events.Add(happened with { Sequence = Events.Count + 1 });
        var before = _news;
        _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
        before.SetResult();
    }
}
