using System.Globalization;
using DistributedFreeze.Runs;
using Spectre.Console;
using TorchSharp;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>
/// What one replica does on a GPU - a prefix, steps, epochs of a folder - beside PyTorch on the same GPU in the same minutes. Without a GPU it is the same way on the
/// processor, much smaller, which shows that it works and not how fast a GPU is.
/// </summary>
internal sealed class GpuBenchmark(GpuOptions options, Action<string> progress)
{
    public void Run(IAnsiConsole console)
    {
        var sizes = GpuSizes.Of(torch.cuda.is_available());
        progress(sizes.IsGpu ? $"{torch.cuda.device_count()} GPUs; the first one is measured" : "There is no GPU: the way of a GPU is measured on the processor, with smaller images and shards.");
        var folder = Directory.CreateTempSubdirectory("dfreeze-bench-").FullName;
        try
        {
            var (images, jpegs) = (Path.Combine(folder, "images"), Path.Combine(folder, "jpegs"));
            DrawnJpegs.Draw(images, sizes.Side, sizes.Side, sizes.Steps * GpuSizes.Shards * sizes.Shard);
            if (options.Parts.Contains(GpuOptions.Epochs))
            {
                DrawnJpegs.Draw(jpegs, sizes.FileWidth, sizes.FileHeight, sizes.Files);
            }

            var table = new GpuTable();
            foreach (var precision in options.Precisions ?? sizes.Precisions)
            {
                var theirs = options.Python is null ? [] : FigureProcess.Run(options.Python, ForPython(sizes, precision, jpegs), progress);
                table.Add(RunEnums.NameOf(precision), FigureProcess.Run(Environment.ProcessPath!, ForOurs(precision, images, jpegs), progress), theirs);
            }

            table.Write(console);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private IEnumerable<string> ForOurs(RunPrecision precision, string images, string jpegs) =>
        [GpuWorker.Command, images, jpegs, "--parts", string.Join(',', options.Parts), "--precisions", RunEnums.NameOf(precision), "--rounds", Text(options.Rounds)];

    private IEnumerable<string> ForPython(GpuSizes sizes, RunPrecision precision, string jpegs) =>
    [
        Path.Combine(AppContext.BaseDirectory, "Gpu", "pytorch.py"),
        sizes.IsGpu ? "cuda" : "cpu", RunEnums.NameOf(precision), string.Join(',', options.Parts), Text(options.Rounds),
        Text(sizes.Side), Text(sizes.Shard), Text(sizes.Steps), Text(sizes.Block), Text(sizes.Blocks), Path.Combine(jpegs, "train"),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
