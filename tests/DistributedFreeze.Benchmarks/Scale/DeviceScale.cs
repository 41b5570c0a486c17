using System.Collections.Immutable;
using System.Diagnostics;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>What it takes to coordinate a window over so many devices: the product's driver over replicas that answer at once.</summary>
/// <remarks>Of a window the coordinator's own time is left; calls between silos are not in it.</remarks>
/// <param name="Devices">How many.</param>
/// <param name="Window">Median time of a window, from when one is told to be done until the next, in milliseconds.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="Formed">Time until the first window is done: loading, joining and entering the phase.</param>
internal sealed record DeviceScale(int Devices, double Window, double Least, double Greatest, double Formed)
{
    private const int Epochs = 60;
    private const int First = 10; // whose code is still being compiled

    public static async Task<DeviceScale> MeasureAsync(int devices, Action<string> say)
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-scale-").FullName;
        try
        {
            var spec = new RunSpec
            {
                Data = new() { Path = folder },
                Model = new() { RandomWeights = true },
                Phases = [new() { Epochs = Epochs, Freeze = new FreezePolicy.None() }],
                BatchSize = devices,
                Shards = devices,
                Replicas = devices,
                Output = Path.Combine(folder, "out"),
            };
            var mask = FreezePolicyResolver.Resolve(spec.Phases[0].Freeze, LayerTable.For(spec.Model), "freeze").Hash;
            var handles = Enumerable.Range(0, devices).Select(i => new ReplicaHandle($"silo{i}/cpu:0", $"silo{i}", $"127.0.0.1:{i}", new PromptReplica(mask, devices)));
            var times = new List<double>();
            var clock = Stopwatch.StartNew();
            var driver = new RunDriver("scale", spec, new FixedReplicas(handles), happened =>
            {
                if (happened is RunEvent.WindowDone)
                {
                    times.Add(clock.Elapsed.TotalMilliseconds);
                }
            }, TimeProvider.System);
            await driver.RunAsync(resume: false, CancellationToken.None);
            var windows = times.Zip(times.Skip(1), (before, after) => after - before).Skip(First).Order().ToList();
            var row = new DeviceScale(devices, Ratio.Median(windows), windows[0], windows[^1], times[0]);
            say($"{row}");
            return row;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A replica that has done all it is asked as soon as it is asked.</summary>
    private sealed class PromptReplica(string mask, int devices) : IReplica
    {
        public Task<ReplicaReady> PrepareAsync(PrepareOrder order, CancellationToken cancellationToken) => Task.FromResult(new ReplicaReady
        {
            Device = "cpu",
            DataHash = "data",
            BaseHash = "base",
            Classes = ["one", "other"],
            TrainImages = devices,
            ValidationImages = 0,
            TestImages = 0,
            LayerHashes = ImmutableSortedDictionary<string, string>.Empty,
        });

        public Task JoinAsync(GroupOrder order, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<MaskAcknowledgement> BeginPhaseAsync(PhaseOrder order, CancellationToken cancellationToken) =>
            Task.FromResult(new MaskAcknowledgement { MaskVersion = order.MaskVersion, MaskHash = mask });

        // As long as it takes for the search for stragglers to look.
        public Task<WindowReport> RunWindowAsync(WindowOrder order, CancellationToken cancellationToken) => Task.FromResult(new WindowReport
        {
            Losses = [.. Enumerable.Repeat(1f, order.Steps)],
            Correct = [.. Enumerable.Repeat(0, order.Steps)],
            Samples = [.. Enumerable.Repeat(devices, order.Steps)],
            Stopped = false,
            Times = new(0.1, 0, 0.5, 0.1, 0.1),
        });

        public Task<ReplicaPosition?> ReportAsync(CancellationToken cancellationToken) => Task.FromResult<ReplicaPosition?>(null);

        public Task BreakAsync(int generation) => Task.CompletedTask;

        public Task<EvaluationReport> EvaluateAsync(EvaluationSplit split, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task EndPhaseAsync(EndPhaseOrder order, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SaveCheckpointAsync(CheckpointOrder order, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task LoadCheckpointAsync(string path, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<string> BroadcastStateAsync(BroadcastOrder order, CancellationToken cancellationToken) => Task.FromResult("state");

        public Task<ImmutableSortedDictionary<string, string>> HashFrozenAsync(CancellationToken cancellationToken) =>
            Task.FromResult(ImmutableSortedDictionary<string, string>.Empty);

        public Task<ModelReport> SaveModelAsync(string? path, CancellationToken cancellationToken) => Task.FromResult(new ModelReport("model", 0));

        public Task StopAsync() => Task.CompletedTask;

        public Task ReleaseAsync() => Task.CompletedTask;
    }
}
