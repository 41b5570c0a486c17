using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>The speeds of PyTorch on the same device, in a process of its own.</summary>
internal static class PyTorchSteps
{
    /// <param name="python">The interpreter, with torch and torchvision.</param>
    /// <param name="sizes">What is computed.</param>
    /// <param name="precision">fp32, tf32 or bf16.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <returns>Images per second by work and shards; empty where there is no PyTorch.</returns>
    public static IReadOnlyDictionary<(string Work, int Shards), double> Run(string python, GpuSizes sizes, string precision, int rounds)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Gpu", "pytorch_steps.py");
        var start = new ProcessStartInfo(python) { RedirectStandardOutput = true };
        foreach (var argument in (string[])[script, sizes.IsGpu ? "cuda" : "cpu", Text(sizes.Side), Text(sizes.Shard), Text(rounds), precision])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var speeds = new Dictionary<(string, int), double>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var told = json.RootElement;
            speeds.Add((told.GetProperty("work").GetString()!, told.GetProperty("shards").GetInt32()), told.GetProperty("images_per_second").GetDouble());
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? speeds : new Dictionary<(string, int), double>();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
