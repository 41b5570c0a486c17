using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Sweeps;

/// <summary>A sweep of many heads beside one run, each a process that finds no features kept, in turn.</summary>
/// <param name="dfreeze">The program.</param>
/// <param name="photographs">Images with splits of their own.</param>
/// <param name="weights">The base's weights.</param>
/// <param name="progress">Told after each.</param>
internal sealed class SweepBenchmark(string dfreeze, string photographs, string weights, Action<string> progress)
{
    private const int Heads = 50;

    private static readonly string[] Subjects = ["one run", $"{Heads} heads", $"{Heads} heads, halved"];

    /// <param name="rounds">Rounds that count; one more comes before.</param>
    /// <returns>Medians and ranges, and the ratios of each round to its own run.</returns>
    public async Task<Table> RunAsync(int rounds)
    {
        var seconds = Subjects.ToDictionary(subject => subject, _ => new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var subject in Subjects)
            {
                var took = await TimeAsync(subject);
                progress(string.Create(CultureInfo.InvariantCulture, $"round {round}/{rounds}  {subject}: {took:F2} s"));
                if (round > 0)
                {
                    seconds[subject].Add(took);
                }
            }
        }

        var table = new Table().AddColumns("what", "time, s", "against one run");
        foreach (var subject in Subjects)
        {
            table.AddRow(subject, Spread(seconds[subject]), Spread([.. seconds[subject].Zip(seconds[Subjects[0]], (one, run) => one / run)]));
        }

        return table;
    }

    private async Task<double> TimeAsync(string subject)
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-sweep-").FullName;
        try
        {
            var cache = Path.Combine(folder, "cache");
            var file = Path.Combine(folder, "sweep.yaml");
            await File.WriteAllTextAsync(file, $$"""
                run:
                  data: {path: {{Path.GetFullPath(photographs)}}}
                  model: {weights: {{Path.GetFullPath(weights)}}}
                  features: {directory: {{cache}}}
                  replicas: 2
                  phases: [{unfreeze: none, epochs: 30}]
                vary:
                  phases[0].learning_rate: {min: 0.0001, max: 0.03, scale: log}
                  phases[0].optimizer.weight_decay: {min: 0.00001, max: 0.01, scale: log}
                  label_smoothing: [0, 0.1]
                samples: {{Heads}}
                {{(subject == Subjects[2] ? "halving: {}" : "")}}
                """);
            string[] command = subject == Subjects[0]
                ? ["train", "--data", photographs, "--weights", weights, "--unfreeze-layers", "0", "--epochs", "30", "--replicas", "2", "--cache-dir", cache, "--output", Path.Combine(folder, "run")]
                : ["sweep", "-f", file, "--output", Path.Combine(folder, "sweep")];
            var began = Stopwatch.GetTimestamp();
            using var process = Process.Start(new ProcessStartInfo(dfreeze, command) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await output;
            return process.ExitCode == 0 ? took : throw new InvalidOperationException($"{subject} ended with {process.ExitCode}: {await error}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Spread(List<double> values)
    {
        values.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{values[values.Count / 2]:F2} ({values[0]:F2} to {values[^1]:F2})");
    }
}
