using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Cli.Results;
using DistributedFreeze.Cli.Watch;
using DistributedFreeze.Client;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;
using DistributedFreeze.Silo.Hosting;
using DistributedFreeze.Training.Replicas;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Cli.Train;

/// <summary>A run on a silo inside this process: submitted through the client, watched to its end.</summary>
/// <param name="console">Progress goes to the error output, the result to the output.</param>
internal sealed class EmbeddedRun(CommandConsole console)
{
    /// <param name="spec">The validated run.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <param name="json">Whether the output is to be the receipt as JSON and nothing else.</param>
    /// <param name="cancellationToken">Interrupts the run, which then leaves a checkpoint.</param>
    /// <param name="results">Where else the curves go; null for nowhere.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    /// <exception cref="InvalidInputException">Data, weights, output folder, checkpoint or a place for curves cannot be used.</exception>
    /// <exception cref="RunFailedException">The run failed.</exception>
    public async Task<int> RunAsync(
        RunSpec spec, bool resume, bool json, CancellationToken cancellationToken, ResultTargets? results = null)
    {
        console.WarnOfRandomWeights(spec); // before anything else, and once more at the end

        var (ended, receipt) = await TrainAsync(spec, resume, cancellationToken, results);
        if (receipt is not null)
        {
            await SucceededAsync(receipt, spec, json);
        }

        if (ended.State == RunState.Interrupted)
        {
            console.Interrupted($"go on with: dfreeze train --resume {ShellWord.Of(spec.Output)}");
            return ExitCode.Interrupted;
        }

        return RunEndings.ExitCodeOf(ended, console);
    }

    /// <summary>Trains and shows progress, and leaves what is said at the end to the caller.</summary>
    /// <param name="spec">The validated run.</param>
    /// <param name="resume">True to go on from the checkpoint in the spec's output folder.</param>
    /// <param name="cancellationToken">Interrupts the run, which then leaves a checkpoint.</param>
    /// <param name="results">Where else the curves go; null for nowhere.</param>
    /// <returns>How the run ended, and its receipt where it succeeded.</returns>
    /// <exception cref="InvalidInputException">Data, weights, output folder, checkpoint or a place for curves cannot be used.</exception>
    public async Task<(RunEvent.Ended Ended, Receipt? Receipt)> TrainAsync(
        RunSpec spec, bool resume, CancellationToken cancellationToken, ResultTargets? results = null)
    {
        results ??= ResultTargets.None;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec.Output)));
        results.Require(name, resume);
        LocalMemory.Require(spec);
        DeathReport.WriteEarlier(console);
        DeviceDiscovery.Require(spec);
        await using var cluster = await EmbeddedCluster.StartAsync(LogLevel.None, cancellationToken);
        var client = new DistributedFreezeClient(cluster.Grains);
        var runId = await client.SubmitAsync(WithFullPaths(spec), resume, cancellationToken: CancellationToken.None);
        Action<string>? shown = null; // within the progress while that is there
        await using var sinks = results.Open(name, runId, spec, warning => (shown ?? console.WarnOnError)(warning));
        RunEvent.Ended ended;
        await using (var progress = RunProgressView.For(console, spec))
        {
            shown = progress.Warn;
            ended = await WatchAsync(client, runId, spec, progress, sinks, cancellationToken);
            shown = null;
        }

        var receipt = ended.State == RunState.Succeeded ? (await client.GetAsync(runId, CancellationToken.None)).Receipt : null;
        await sinks.EndAsync(receipt, ended);
        return (ended, receipt);
    }

    private async Task<RunEvent.Ended> WatchAsync(
        DistributedFreezeClient client, string runId, RunSpec spec, RunProgressView progress, ResultSinks sinks, CancellationToken cancellationToken)
    {
        await using var interruption = cancellationToken.Register(() =>
        {
            progress.Stopping();
            _ = client.InterruptAsync(runId);
        });
        RunEvent.Ended? ended = null;
        await foreach (var happened in client.WatchAsync(runId, cancellationToken: CancellationToken.None))
        {
            progress.Show(console.Fields.In(WithoutSaidBefore(happened, spec)));
            sinks.Take(happened);
            ended = happened as RunEvent.Ended ?? ended;
        }

        return ended!;
    }

    private async Task SucceededAsync(Receipt receipt, RunSpec spec, bool json)
    {
        if (json)
        {
            await console.Output.WriteLineAsync(JsonSerializer.Serialize(console.Fields.In(receipt), RunJson.Compact));
        }
        else
        {
            ReceiptText.Write(console.Output, receipt, spec.Output);
            var images = Directory.Exists(spec.Data.Path) || ImageFolder.IsArchive(spec.Data.Path) ? spec.Data.Path : Path.GetDirectoryName(spec.Data.Path) is { Length: > 0 } folder ? folder : "."; // of a manifest
            var test = Path.Combine(images, "test");
            ReceiptText.Next(console.Output, "predict", spec.Output, Directory.Exists(test) ? test : images);
        }

        console.WarnOfRandomWeights(spec);
    }

    private static RunEvent WithoutSaidBefore(RunEvent happened, RunSpec spec) =>
        happened is RunEvent.Prepared prepared && MissingWeights.Warning(spec) is { } missing
            ? prepared with { Warnings = prepared.Warnings.Remove(missing) }
            : happened;

    /// <summary>The silo, and whoever resumes the run, may work in another folder.</summary>
    private static RunSpec WithFullPaths(RunSpec spec) => spec with
    {
        Output = Path.GetFullPath(spec.Output),
        Data = spec.Data with { Path = Path.GetFullPath(spec.Data.Path) },
        Model = spec.Model with
        {
            Weights = spec.Model.Weights is { } weights ? Path.GetFullPath(weights) : null,
            Base = spec.Model.Base is { } onnx ? Path.GetFullPath(onnx) : null,
        },
        From = spec.From is { } parent ? Path.GetFullPath(parent) : null,
        Features = spec.Features with { Directory = spec.Features.Directory is { } directory ? Path.GetFullPath(directory) : null },
    };
}
