using DistributedFreeze.Training.Native;
using TorchSharp;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>Measures ours in one precision, in a process of its own: so memory is the precision's, and switches of libtorch come to an end.</summary>
internal static class GpuWorker
{
    public const string Command = "gpu-worker";

    /// <summary>The works that show what it costs to take algorithms alone that give the same bits each time.</summary>
    private static readonly string[] Compared = ["conv5", "everything"];

    /// <param name="options">With one precision.</param>
    /// <param name="images">A folder with images for a round of steps.</param>
    /// <param name="jpegs">The JPEG files of an epoch.</param>
    public static async Task RunAsync(GpuOptions options, string images, string jpegs)
    {
        var sizes = GpuSizes.Of(torch.cuda.is_available());
        var memory = new MemorySoFar(sizes);
        var precision = options.Precisions![0];
        var steps = new StepFigures(sizes, precision, options.Rounds, memory);
        foreach (var part in options.Parts)
        {
            switch (part)
            {
                case GpuOptions.Prefix:
                    Tell(new PrefixFigures(sizes, precision, options.Rounds, memory).Whole(images));
                    break;
                case GpuOptions.Steps:
                    foreach (var work in StepFigures.Works)
                    {
                        Tell(await steps.OfAsync(images, work, shards: 1, work.Name));
                        Tell(await steps.OfAsync(images, work, GpuSizes.Shards, work.Name));
                    }

                    break;
                case GpuOptions.Epochs:
                    foreach (var work in EpochFigures.Works)
                    {
                        await new EpochFigures(sizes, precision, options.Rounds, memory).MeasureAsync(images, jpegs, work, Tell);
                    }

                    break;
                case GpuOptions.Determinism when sizes.IsGpu:
                    LetAnyAlgorithm();
                    foreach (var work in StepFigures.Works.Where(work => Compared.Contains(work.Name)))
                    {
                        Tell(await steps.OfAsync(images, work, shards: 1, GpuWorks.AnyAlgorithm(work.Name)));
                    }

                    break;
            }
        }
    }

    /// <summary>What is added up in a fixed order by ourselves stays so, and cuBLAS keeps its workspace.</summary>
    private static void LetAnyAlgorithm()
    {
        CudaDeterminism.Ensure(); // which nobody does again
        var switches = TorchSwitches.OfThisProcess();
        switches.SetDeterministicCuDnn(false);
        switches.SetBenchmarkCuDnn(true);
    }

    private static void Tell(GpuFigure figure) => Console.WriteLine(figure.ToLine());
}
