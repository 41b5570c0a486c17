using System.Globalization;
using DistributedFreeze.Benchmarks.Freeze;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;
using Spectre.Console;
using TorchSharp;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>
/// Steps of one replica on a GPU from features that are kept there, and steps of everything, beside PyTorch's in the same minutes. Without a GPU
/// it is the same way on the processor, much smaller, which shows that it works and not how fast a GPU is.
/// </summary>
internal sealed class GpuBenchmark(string? python, int rounds, Action<string> progress)
{
    private const int ManySteps = 50;

    private static readonly (string Name, FreezePolicy Policy)[] Works = [.. Boundaries.All, ("everything", new FreezePolicy.All())];

    public async Task<Table> RunAsync()
    {
        var sizes = GpuSizes.Of(torch.cuda.is_available());
        progress(sizes.IsGpu ? $"{torch.cuda.device_count()} GPUs; the first one is measured" : "There is no GPU: the way of a GPU is measured on the processor, with smaller images and shards.");
        var table = new Table().AddColumns("precision", "work", "shards", "images/s", "PyTorch", "ratio", "min", "max");
        var images = Directory.CreateTempSubdirectory("dfreeze-bench-").FullName;
        try
        {
            DemoImages.Write(images, seed: 1, sizes.Side, trainPerClass: sizes.Shard, validationPerClass: 1, testPerClass: 1);
            foreach (var precision in sizes.IsGpu ? Enum.GetValues<RunPrecision>() : [RunPrecision.Fp32])
            {
                await AddAsync(table, images, sizes, precision);
            }

            return table;
        }
        finally
        {
            Directory.Delete(images, recursive: true);
        }
    }

    private async Task AddAsync(Table table, string images, GpuSizes sizes, RunPrecision precision)
    {
        var name = RunEnums.NameOf(precision);
        var theirs = python is null ? new Dictionary<(string, int), double>() : PyTorchSteps.Run(python, sizes, name, rounds);
        foreach (var (work, policy) in Works)
        {
            foreach (var shards in (int[])[1, 4])
            {
                var seconds = await TimeAsync(images, sizes, precision, work, policy, shards);
                Add(table, name, work, shards, seconds, theirs.TryGetValue((work, shards), out var rival) ? rival : null);
            }
        }
    }

    /// <returns>Seconds of an image, round by round.</returns>
    private async Task<IReadOnlyList<double>> TimeAsync(string images, GpuSizes sizes, RunPrecision precision, string work, FreezePolicy policy, int shards)
    {
        using var stores = new FeatureStores();
        var workspaces = new RunWorkspaces(stores) { Residency = DeviceResidency.OfGpus with { OnProcessor = true } };
        var spec = TrainedSteps.Spec(images, policy, work == "everything" ? FeatureCacheMode.Off : FeatureCacheMode.On, side: sizes.Side) with
        {
            BatchSize = shards * sizes.Shard,
            Shards = shards,
            Precision = precision,
        };
        spec = spec with { Phases = [spec.Phases[0] with { Optimizer = new() { Kind = OptimizerKind.Adam, LearningRate = 1e-5 } }] };
        await using var steps = await TrainedSteps.PrepareAsync(spec, workspaces, replicas: 1, sizes.IsGpu ? "cuda" : "cpu");
        steps.Train(2); // features come to the device in the first epoch, and are all there in the second
        var measured = new Rounds();
        measured.Add($"{work}, {shards} shards", () => Enumerable.Range(0, work == "head" ? ManySteps * sizes.Steps : sizes.Steps).Sum(_ => steps.Train(1)));
        measured.Run(rounds, progress);
        return measured[$"{work}, {shards} shards"];
    }

    private static void Add(Table table, string precision, string work, int shards, IReadOnlyList<double> seconds, double? rival)
    {
        var speeds = seconds.Select(second => 1 / second).Order().ToList();
        var ours = Ratio.Median(speeds);
        table.AddRow(
            precision,
            work,
            shards.ToString(CultureInfo.InvariantCulture),
            ours.ToString("N0", CultureInfo.InvariantCulture),
            rival?.ToString("N0", CultureInfo.InvariantCulture) ?? "not run",
            Text(ours / rival),
            Text(speeds[0] / rival),
            Text(speeds[^1] / rival));
    }

    private static string Text(double? ratio) => ratio?.ToString("N2", CultureInfo.InvariantCulture) ?? "";
}
