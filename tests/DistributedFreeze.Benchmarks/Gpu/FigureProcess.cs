using System.Diagnostics;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>A process that measures and writes a line for each figure.</summary>
internal static class FigureProcess
{
    /// <summary>Waits for it. What it writes to standard error goes to ours.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">What it is told.</param>
    /// <param name="progress">Takes a line per figure.</param>
    /// <returns>The figures, also those of a process that fails half-way.</returns>
    public static IReadOnlyList<GpuFigure> Run(string program, IEnumerable<string> arguments, Action<string> progress)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var figures = new List<GpuFigure>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (GpuFigure.Read(line) is { } figure)
            {
                figures.Add(figure);
                progress($"{Path.GetFileName(program)}  {figure.Work}, {figure.Shards} shards: {figure.ImagesPerSecond:N1} images/s");
            }
        }

        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            progress($"{program} ended with {process.ExitCode}, and its other figures are missing.");
        }

        return figures;
    }
}
