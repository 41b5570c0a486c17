using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using DistributedFreeze.Cli.Watch;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Doctor;

/// <summary>A probe in a process of its own, so that a library that crashes or hangs is something that was found out.</summary>
internal static class ProbeProcess
{
    /// <summary>Environment variable that makes a process a probe, and says which.</summary>
    public const string Variable = "DFREEZE_PROBE";

    /// <summary>A driver may take minutes to come up on a machine with many GPUs.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    /// <summary>What a probe is started as: a variable that was left in the environment makes no other command one.</summary>
    private static readonly string[] Arguments = ["doctor"];

    /// <summary>The probe that this process is to be; null for none.</summary>
    /// <param name="args">Its command line.</param>
    public static string? Wanted(string[] args) =>
        args.SequenceEqual(Arguments) && Environment.GetEnvironmentVariable(Variable) is { } name && NativeProbe.IsKnown(name) ? name : null;

    /// <summary>Is a probe: writes a line of JSON for each thing that it found.</summary>
    /// <param name="name">Which.</param>
    public static async Task<int> ServeAsync(string name)
    {
        await NativeProbe.RunAsync(name, line => Console.Out.WriteLine(JsonSerializer.Serialize(line, RunJson.Compact)));
        return 0;
    }

    /// <summary>Asks a probe.</summary>
    /// <param name="name">Which.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <returns>All that it told, and where its process died or hung, that as a problem. Where no process can be had it was asked in this one.</returns>
    public static async Task<ImmutableArray<ProbeLine>> AskAsync(string name, CancellationToken cancellationToken)
    {
        var lines = ImmutableArray.CreateBuilder<ProbeLine>();
        if (Start(name) is not { } process)
        {
            await NativeProbe.RunAsync(name, lines.Add);
            return lines.ToImmutable();
        }

        using (process)
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            patience.CancelAfter(Timeout);
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
                {
                    if (Parse(line) is { } told)
                    {
                        lines.Add(told);
                    }
                }

                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellationToken.ThrowIfCancellationRequested();
                lines.Add(new() { Problem = $"its process did not answer for {Amount.Duration(Timeout.TotalSeconds)}{While(lines)}" });
                return lines.ToImmutable();
            }

            if (process.ExitCode != 0)
            {
                lines.Add(new() { Problem = $"its process {End(process.ExitCode)}{While(lines)}{LastOf(await errors)}" });
            }
        }

        return lines.ToImmutable();
    }

    private static Process? Start(string name)
    {
        if (OwnProgram.Start(Arguments) is not { } start)
        {
            return null;
        }

        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment[Variable] = name;
        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>A native library may write to the same output.</summary>
    private static ProbeLine? Parse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize<ProbeLine>(line, RunJson.Compact) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string End(int exitCode) =>
        exitCode > DeathWords.SignalBase && DeathWords.IsSilent(exitCode - DeathWords.SignalBase)
            ? $"died of {DeathWords.Cause(exitCode - DeathWords.SignalBase)}"
            : $"ended with exit code {exitCode}";

    private static string While(ImmutableArray<ProbeLine>.Builder lines) => lines.LastOrDefault(line => line.Doing is not null)?.Doing is { } doing ? $", while it {doing}" : "";

    private static string LastOf(string errors) =>
        errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [.., var last] ? $"; the last that it wrote: {last}" : "";
}
