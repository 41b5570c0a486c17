using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Weights;

namespace DistributedFreeze.Cli.Weights;

/// <summary><c>dfreeze weights import</c>: a file's base as .safetensors with our names.</summary>
internal sealed class WeightsImportCommand(CommandConsole console)
{
    private readonly Argument<string> _file = WeightsCommand.File();
    private readonly Option<string> _output = new("--output") { Description = "The .safetensors file to write", HelpName = "FILE", Required = true };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object and nothing else" };

    public Command Build()
    {
        var command = new Command("import", "Writes the base of a file of weights as .safetensors.") { _file, _output, _json };
        command.SetAction(parsed =>
        {
            var path = FilePlace.Require(parsed.GetRequiredValue(_output), _output.Name);
            RequireOther(path, parsed.GetRequiredValue(_file));
            using var file = WeightsCommand.Open(parsed, _file);
            var summary = WeightsSummary.Of(file);
            if (summary.Table is not { } table)
            {
                throw new InvalidInputException(summary.Problems.Select(problem => new Problem(_file.Name, problem)));
            }

            Write(file, table, path);
            Tell(path, table, parsed.GetValue(_json));
            return ExitCode.Ok;
        });
        return command;
    }

    private void RequireOther(string path, string file)
    {
        if (!Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(_output.Name, $"must end in .safetensors, got '{path}'");
        }

        if (path == Path.GetFullPath(file))
        {
            throw new InvalidInputException(_output.Name, $"must be another file than {_file.Name}");
        }
    }

    private void Write(ITensorFile file, LayerTable table, string path)
    {
        try
        {
            BaseFile.Write(file, table, path);
        }
        catch (InvalidInputException refused)
        {
            throw new InvalidInputException(refused.Problems.Select(problem => problem with { Field = _file.Name }));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(_output.Name, $"cannot be written: {refused.Message}");
        }
    }

    private void Tell(string path, LayerTable table, bool asJson)
    {
        using var written = SafetensorsFile.Open(path, _output.Name);
        var (sha256, word, bytes) = (ModelHash.Of(written), RunEnums.NameOf(table.Graph), new FileInfo(path).Length);
        if (asJson)
        {
            console.Output.WriteLine(JsonSerializer.Serialize(new { path, bytes, architecture = RunEnums.NameOf(table.Architecture.Architecture), graph = word, tensors = written.Tensors.Count, tensorsSha256 = sha256 }, RunJson.Compact));
            return;
        }

        console.Output.WriteLine($"{path}  {Amount.Bytes(bytes)}, {written.Tensors.Count} tensors of a {table.Architecture.Name} of graph {word}");
        console.Output.WriteLine($"sha256 of its tensors  {sha256}");
        console.Output.WriteLine($"use  dfreeze train --weights {ShellWord.Of(path)}{NetworkOptions.Of(table)} --data FOLDER");
    }
}
