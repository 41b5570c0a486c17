using System.Collections.Concurrent;
using System.Diagnostics;
using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Does to a run and its cluster what a scenario says, and keeps account of it.</summary>
internal sealed class FaultInjector(
    SiloCluster cluster, string runId, Story story, OutputDisk? disk, SiloNetwork? network, SiloClocks? clocks, Action<string> says, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    /// <summary>What a silo ends with that the cluster has declared dead.</summary>
    private const int StartAgain = 75;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly Reach _reach = new(cluster);
    private readonly List<Task> _undoing = [];
    private readonly ConcurrentDictionary<int, bool> _hung = [];
    private readonly ConcurrentBag<string> _problems = [];
    private RunStatus? _status;
    private int? _newcomer;
    private volatile bool _hasOutages;

    /// <summary>Silos that were lost, and when.</summary>
    public ConcurrentBag<SiloFailure> SiloFailures { get; } = [];

    /// <summary>Times in which something that the run cannot do without was away.</summary>
    public ConcurrentBag<(DateTimeOffset From, DateTimeOffset To)> Outages { get; } = [];

    /// <summary>What went wrong with a silo's process.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    /// <summary>Faults whose moment never came.</summary>
    public int Missed { get; private set; }

    /// <summary>Whether the run was deleted.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>Does one thing after another, and waits until what lasts a while is over.</summary>
    public async Task PlayAsync(IEnumerable<Fault> faults)
    {
        var began = TimeProvider.System.GetUtcNow();
        foreach (var fault in faults)
        {
            if (!await MomentAsync(fault.When, began))
            {
                Missed++;
                says($"{fault}: its moment never came");
                continue;
            }

            began = TimeProvider.System.GetUtcNow();
            await DoAsync(fault);
        }

        await Task.WhenAll(_undoing);
    }

    /// <summary>Looks after silos that have ended by themselves, as a supervisor does: those that the cluster went on without are started again.</summary>
    public async Task SuperviseAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            foreach (var port in cluster.Silos.Where(port => cluster[port].ExitCode is not null))
            {
                var exitCode = cluster[port].ExitCode!.Value;
                says($"silo {port} has ended by itself with {exitCode}");
                if (exitCode != StartAgain || !_hung.ContainsKey(port))
                {
                    _problems.Add($"silo {port} ended by itself with {exitCode}: {string.Join(" | ", cluster[port].LastLines.TakeLast(3))}");
                }

                await cluster.KillAsync(port);
                await StartAsync();
            }

            await Task.Delay(Glance, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync() => _reach.DisposeAsync();

    private async Task<bool> MomentAsync(When when, DateTimeOffset before)
    {
        if (when is { Cue: Cue.Share, Share: > 0 } && !await story.UntilAsync(told => Progress.Of(told) >= when.Share, cancellationToken))
        {
            return false;
        }

        if (when.Cue == Cue.Regrouped && !await story.UntilAsync(
            told => told.Any(one => one.Event is RunEvent.Regrouped && one.Event.At > before), cancellationToken))
        {
            return false;
        }

        if (when.Cue == Cue.Paused && !await story.UntilAsync(told => told.Any(one => one.Event is RunEvent.Paused), cancellationToken))
        {
            return false;
        }

        await Task.Delay(when.Delay, cancellationToken);
        return !story.IsOver;
    }

    private async Task DoAsync(Fault fault)
    {
        var victims = await WhoAsync(fault.Victims);
        says($"{fault}: {string.Join(", ", victims)}");
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                await Task.WhenAll(victims.Select(KillAsync));
                break;
            case FaultKind.Hang:
                _undoing.Add(Task.WhenAll(victims.Select(victim => HangAsync(victim, fault.Lasts))));
                break;
            case FaultKind.Replace:
                _undoing.Add(ReplaceAsync(victims));
                break;
            case FaultKind.Start:
                var start = StartAsync();
                _undoing.Add(start);
                break;
            case FaultKind.KillRedis:
                _undoing.Add(AwayAsync(fault.Lasts, () =>
                {
                    cluster.Redis.Kill();
                    return Task.CompletedTask;
                }, cluster.Redis.StartAgainAsync));
                break;
            case FaultKind.HangRedis:
                _undoing.Add(AwayAsync(fault.Lasts, () => cluster.Redis.SignalAsync("STOP"), () => cluster.Redis.SignalAsync("CONT")));
                break;
            case FaultKind.FillDisk:
                _undoing.Add(AwayAsync(fault.Lasts, () => Task.Run(disk!.Fill), () => Task.Run(disk!.Free)));
                break;
            case FaultKind.ProtectFolder:
                _undoing.Add(AwayAsync(fault.Lasts, () => disk!.ProtectAsync(true), () => disk!.ProtectAsync(false)));
                break;
            case FaultKind.RemoveDisk:
                _undoing.Add(AwayAsync(fault.Lasts, () => Task.Run(disk!.Remove), () => Task.Run(disk!.Return)));
                break;
            case FaultKind.SetClock when victims is [var wrong]:
                _undoing.Add(AwayAsync(fault.Lasts, () => Task.Run(() => clocks!.Set(wrong, fault.By)), () => Task.Run(() => clocks!.Set(wrong, TimeSpan.Zero))));
                break;
            case FaultKind.CutOneWay when victims is [var speaker, var deaf]:
                _undoing.Add(CutAsync(victims, fault.Lasts, isCut => network!.Silence(speaker, deaf, isCut)));
                break;
            case FaultKind.CutBoth when victims is [var one, var other]:
                _undoing.Add(CutAsync(victims, fault.Lasts, isCut =>
                {
                    network!.Silence(one, other, isCut);
                    network.Silence(other, one, isCut);
                }));
                break;
            case FaultKind.CutOff when victims is [var lonely]:
                _undoing.Add(CutAsync(victims, fault.Lasts, isCut => network!.CutOff(lonely, isCut)));
                break;
            case FaultKind.Load:
                _undoing.Add(LoadAsync(fault.Lasts));
                break;
            case FaultKind.Cancel:
                await _reach.InsistAsync(client => client.CancelAsync(runId, cancellationToken), cancellationToken);
                break;
            case FaultKind.Pause:
                await UnlessOverAsync(client => client.PauseAsync(runId, cancellationToken));
                break;
            case FaultKind.Resume:
                await UnlessOverAsync(client => client.ResumeAsync(runId, cancellationToken));
                break;
            case FaultKind.Delete:
                _undoing.Add(DeleteAsync());
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "Nobody knows how to do this.");
        }
    }

    private async Task KillAsync(int port)
    {
        SiloFailures.Add(new(port, TimeProvider.System.GetUtcNow(), IsHang: false));
        await cluster.KillAsync(port);
    }

    private async Task HangAsync(int port, TimeSpan lasts)
    {
        SiloFailures.Add(new(port, TimeProvider.System.GetUtcNow(), IsHang: true));
        _hung[port] = true;
        var silo = cluster[port];
        await silo.SignalAsync("STOP");
        await Task.Delay(lasts, cancellationToken);
        if (cluster.Silos.Contains(port))
        {
            await silo.SignalAsync("CONT");
            says($"silo {port} goes on");
        }
    }

    private async Task ReplaceAsync(IEnumerable<int> ports)
    {
        foreach (var port in ports)
        {
            var exitCode = await cluster.TerminateAsync(port).WaitAsync(Timeout, cancellationToken);
            says($"silo {port} was asked to end and did so with {exitCode}");
            if (exitCode != 0)
            {
                _problems.Add($"silo {port} was asked to end and did so with {exitCode}");
            }

            await StartAsync();
        }
    }

    private async Task StartAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                _newcomer = await cluster.AddAsync();
                says($"silo {_newcomer} is up");
                return;
            }
            catch (InvalidOperationException reason) when (_hasOutages && tries < 10)
            {
                says($"a silo could not start, and is started again: {reason.Message.ReplaceLineEndings(" ")}"); // its store is away
            }
        }
    }

    /// <summary>Whoever cannot be reached for long may be gone on without, and starts again.</summary>
    private Task CutAsync(IEnumerable<int> silos, TimeSpan lasts, Action<bool> cut)
    {
        foreach (var silo in silos)
        {
            SiloFailures.Add(new(silo, TimeProvider.System.GetUtcNow(), IsHang: true));
            _hung[silo] = true;
        }

        return AwayAsync(lasts, () => Task.Run(() => cut(true)), () => Task.Run(() => cut(false)));
    }

    private async Task LoadAsync(TimeSpan lasts)
    {
        var busy = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Process.Start("/bin/sh", ["-c", "while :; do :; done"])).ToList();
        try
        {
            await Task.Delay(lasts, cancellationToken);
        }
        finally
        {
            foreach (var program in busy)
            {
                program.Kill();
                program.Dispose();
            }
        }
    }

    private async Task AwayAsync(TimeSpan lasts, Func<Task> begin, Func<Task> end)
    {
        var from = TimeProvider.System.GetUtcNow();
        _hasOutages = true;
        await begin();
        await Task.Delay(lasts, cancellationToken);
        await end();
        Outages.Add((from, TimeProvider.System.GetUtcNow()));
        says("it is back");
    }

    /// <summary>A run that has ended meanwhile takes no such order.</summary>
    private async Task UnlessOverAsync(Func<DistributedFreeze.Client.DistributedFreezeClient, Task> order)
    {
        try
        {
            await _reach.InsistAsync(order, cancellationToken);
        }
        catch (InvalidInputException reason)
        {
            says(reason.Message);
        }
    }

    private async Task DeleteAsync()
    {
        while (true)
        {
            try
            {
                await _reach.InsistAsync(client => client.DeleteAsync(runId, cancellationToken), cancellationToken);
                IsDeleted = true;
                return;
            }
            catch (RunNotFoundException)
            {
                IsDeleted = true; // by a try before, whose answer was lost
                return;
            }
            catch (InvalidInputException)
            {
                await Task.Delay(Glance, cancellationToken); // it has not ended yet
            }
        }
    }

    private async Task<IReadOnlyList<int>> WhoAsync(IReadOnlyCollection<Role> roles)
    {
        if (roles.Count == 0)
        {
            return [];
        }

        if (roles.Contains(Role.Newcomer))
        {
            await _undoing[^1]; // it may have shards before it says that it is up
        }

        await LookAsync();
        var alive = cluster.Silos.Where(port => !_hung.ContainsKey(port)).Order().ToList();
        if (alive.Count == 0)
        {
            alive = [.. cluster.Silos];
        }

        var coordinator = _status?.Coordinator is null ? alive.FirstOrDefault() : SiloCluster.CoordinatorOf(_status);
        if (!alive.Contains(coordinator))
        {
            coordinator = alive.FirstOrDefault(); // it is being replaced; nobody knows by whom
        }

        var workers = alive.Where(port => port != coordinator).ToList();
        return [.. roles.SelectMany(role => role switch
        {
            Role.Coordinator => [coordinator],
            Role.Worker => workers.Take(1),
            Role.OtherWorker => workers.Skip(1).Take(1),
            Role.Newcomer => alive.Where(port => port == _newcomer),
            Role.Holder => alive.Where(port => port != _newcomer).Take(1),
            _ => alive,
        }).Distinct()];
    }

    /// <summary>What the run says of itself now, if it says it at once.</summary>
    private async Task LookAsync()
    {
        using var glance = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        glance.CancelAfter(Glance);
        try
        {
            _status = await _reach.InsistAsync(client => client.GetAsync(runId, glance.Token), glance.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Then by what it said last.
        }
    }
}

/// <summary>A silo that the run had to do without.</summary>
/// <param name="Port">Its port.</param>
/// <param name="At">When.</param>
/// <param name="IsHang">Whether it only stood still.</param>
internal sealed record SiloFailure(int Port, DateTimeOffset At, bool IsHang);
