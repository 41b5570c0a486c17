using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Train;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Bases;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;

namespace DistributedFreeze.Cli.Verify;

/// <summary><c>dfreeze verify</c>: trains again what a receipt says, and compares the models.</summary>
internal sealed class VerifyCommand(CommandConsole console)
{
    private readonly Argument<string> _run = new("RUN") { Description = "Output folder of a finished run, or its receipt.json" };
    private readonly Option<string?> _data = new("--data") { Description = "The run's images, where they have moved [default: the folder that the run had]", HelpName = "DIR" };
    private readonly Option<string?> _weights = new("--weights") { Description = "The base's weights, where they have moved [default: the file that the run had]", HelpName = "FILE" };
    private readonly Option<string?> _from = new("--from") { Description = "The run that the run started from, where it has moved [default: the folder that it was in]", HelpName = "RUN" };
    private readonly Option<string?> _replicas = new("--replicas") { Description = "Replicas, at most the run's shards; never changes the result [default: as the run was asked]", HelpName = "N" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("verify", "Trains a finished run again from its receipt, and says whether the same model comes out.")
        {
            _run, _data, _weights, _from, _replicas, _json,
        };
        command.SetAction(VerifyAsync);
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var receipt = Receipt(parsed.GetRequiredValue(_run));
        var spec = Spec(receipt, parsed);
        var differences = Causes(receipt, spec, cancellationToken).ToList();
        Receipt? now = null;
        if (differences.Count == 0)
        {
            using var folder = new TemporaryOutput();
            var (ended, trained) = await Named(() => new EmbeddedRun(console).TrainAsync(spec with { Output = folder.Path }, resume: false, cancellationToken));
            if (trained is null)
            {
                return ended.State == RunState.Interrupted ? Interrupted() : RunEndings.ExitCodeOf(ended, console);
            }

            now = trained;
            differences = [.. ReceiptComparison.Of(receipt, now)];
        }

        var isSame = now?.ModelSha256 == receipt.ModelSha256;
        if (parsed.GetValue(_json))
        {
            WriteJson(receipt, now, isSame, differences);
        }
        else
        {
            WriteText(receipt, now, isSame, differences);
        }

        return isSame ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>The receipt; where the model lies beside it, it has to be the receipt's.</summary>
    private static Receipt Receipt(string given)
    {
        var folder = Path.GetFileName(given) == Path.GetFileName(new OutputFolder(".").Receipt) ? Path.GetDirectoryName(Path.GetFullPath(given))! : given;
        if (!File.Exists(new OutputFolder(folder).Model))
        {
            return TrainedRun.ReadReceipt(folder);
        }

        using var run = TrainedRun.Open(folder);
        return run.Receipt;
    }

    /// <summary>The run as it was, but for what never changes a model. Features are computed anew: to trust stored ones would verify half.</summary>
    private RunSpec Spec(Receipt receipt, ParseResult parsed)
    {
        var spec = receipt.Spec;
        var weights = parsed.GetValue(_weights) ?? RunBases.FileOf(spec.Model);
        if (weights is not null && RunBases.FileOf(spec.Model) is null)
        {
            throw new InvalidInputException(_weights.Name, "cannot be given: the run began with random weights");
        }

        if (weights is not null && !File.Exists(weights))
        {
            throw new InvalidInputException(_weights.Name, $"is needed: the run's base was {weights}, which is not here; name a copy of it");
        }

        return spec with
        {
            From = Parent(receipt, parsed.GetValue(_from)),
            Data = spec.Data with { Path = parsed.GetValue(_data) ?? spec.Data.Path },
            Model = RunBases.WithFile(spec.Model, weights),
            Replicas = parsed.GetValue(_replicas) is { } replicas ? WholeNumber.Of(_replicas.Name, replicas, 1, spec.Shards) : spec.Replicas,
            MinReplicas = 1,
            Features = spec.Features with { DiskBytes = 0, Cache = spec.Features.Cache == FeatureCacheMode.On ? FeatureCacheMode.Auto : spec.Features.Cache },
        };
    }

    /// <summary>The folder of the run that the run started from; null where it started from its base.</summary>
    private string? Parent(Receipt receipt, string? given)
    {
        if (receipt.Spec.From is not { } had)
        {
            return given is null ? null : throw new InvalidInputException(_from.Name, "cannot be given: the run started from its base, not from another run");
        }

        var folder = ParentFolder.Of(given ?? had);
        return given is not null || Directory.Exists(folder)
            ? folder
            : throw new InvalidInputException(_from.Name, $"is needed: the run started from run {receipt.Parent?.RunId} in {had}, which is not here; name a copy of that folder");
    }

    /// <summary>What makes another model certain, so that training would be for nothing.</summary>
    private IEnumerable<Difference> Causes(Receipt receipt, RunSpec spec, CancellationToken cancellationToken)
    {
        if (Named(() => EvaluationImages.HashOfRun(receipt, spec.Data.Path, cancellationToken)) is var data && data != receipt.DataSha256)
        {
            yield return new($"images in {Path.GetFullPath(spec.Data.Path)}", receipt.DataSha256, data);
        }

        if (spec.From is { } from && Named(() => ParentFolder.Read(from)).Receipt.ModelSha256 is var parent && parent != receipt.Parent?.ModelSha256)
        {
            yield return new($"run that the run started from, {from}", receipt.Parent?.ModelSha256 ?? "", parent);
        }

        if (Named(() => BaseHash.Of(spec)) is var weights && weights != receipt.BaseSha256)
        {
            yield return new($"weights of the base, {RunBases.FileOf(spec.Model) ?? "drawn at random"}", receipt.BaseSha256, weights);
        }
    }

    private void WriteJson(Receipt receipt, Receipt? now, bool isSame, List<Difference> differences) => console.Output.WriteLine(JsonSerializer.Serialize(
        new { Same = isSame, receipt.RunId, receipt.ModelSha256, Found = now?.ModelSha256, Differences = differences }, RunJson.Compact));

    private void WriteText(Receipt receipt, Receipt? now, bool isSame, List<Difference> differences)
    {
        if (isSame)
        {
            console.Output.WriteLine($"The same model came out: sha256 {receipt.ModelSha256}");
            console.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{now!.Epochs.Length:N0} epochs on {ReceiptText.Replicas(now.Replicas)} in {Amount.Duration(now.Seconds)}; the run had {ReceiptText.Replicas(receipt.Replicas)}"));
            if (differences.Count > 0)
            {
                console.Output.WriteLine("What has changed since made no difference:");
            }
        }
        else
        {
            console.Output.WriteLine(now is null
                ? "The same model cannot come out, and nothing was trained, since what it would be made of has changed:"
                : "Another model came out:");
        }

        foreach (var (what, then, later) in differences)
        {
            console.Output.WriteLine($"  {what}");
            console.Output.WriteLine($"    then  {then}");
            console.Output.WriteLine($"    now   {later}");
        }
    }

    private int Interrupted()
    {
        console.Interrupted("nothing is known of the model; verify again from the beginning");
        return ExitCode.Interrupted;
    }

    /// <summary>What a run file calls data.path, model.weights (or model.base) and from are options here.</summary>
    private T Named<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (InvalidInputException invalid)
        {
            throw Named(invalid);
        }
    }

    private async Task<T> Named<T>(Func<Task<T>> action)
    {
        try
        {
            return await action();
        }
        catch (InvalidInputException invalid)
        {
            throw Named(invalid);
        }
    }

    private InvalidInputException Named(InvalidInputException invalid) => new(invalid.Problems.Select(problem => problem.Field switch
    {
        "data.path" => problem with { Field = _data.Name },
        "model.weights" or "model.base" => problem with { Field = _weights.Name },
        "from" => problem with { Field = _from.Name },
        "replicas" => problem with { Field = _replicas.Name },
        _ => problem,
    }));

    /// <summary>Where the second model lies until it is compared.</summary>
    private sealed class TemporaryOutput : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-verify-");

        public string Path => System.IO.Path.Combine(_folder.FullName, "run");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
