using System.CommandLine;
using System.Text.Json;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Client;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary><c>dfreeze download</c>: fetches what a run has left.</summary>
internal sealed class DownloadCommand(CommandConsole console)
{
    private readonly ClusterAccess _cluster = new();
    private readonly Argument<string[]> _names = new("NAME")
    {
        Description = "Files to fetch, such as model.safetensors [default: all]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _to = new("--to") { Description = "Folder that receives them [default: the run's id]", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON array and nothing else" };

    public Command Build()
    {
        var run = RunArgument.Create(_cluster);
        var command = new Command("download", "Fetches the files that a run has left: its model, its receipt, its checkpoint.") { run, _names, _to, _json };
        _cluster.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var runId = RunArgument.Of(parsed, run);
            return _cluster.WithAsync(parsed, client => DownloadAsync(client, runId, parsed, cancellationToken), cancellationToken);
        });
        return command;
    }

    private async Task<int> DownloadAsync(DistributedFreezeClient client, string runId, ParseResult parsed, CancellationToken cancellationToken)
    {
        var left = await client.ListArtefactsAsync(runId, cancellationToken);
        var names = parsed.GetValue(_names) is { Length: > 0 } given ? given : [.. left.Select(artefact => artefact.Name)];
        if (names.Length == 0)
        {
            throw new InvalidInputException("artefact", $"there is none: {runId} has left no file yet");
        }

        if (names.Except(left.Select(artefact => artefact.Name)).ToList() is { Count: > 0 } unknown)
        {
            var known = left.IsEmpty ? "no file yet" : string.Join(", ", left.Select(artefact => artefact.Name));
            throw new InvalidInputException(unknown.Select(name => new Problem(name, $"is not there: {runId} has left {known}")));
        }

        var folder = Folder(parsed.GetValue(_to) is { Length: > 0 } to ? to : runId);
        var fetched = new List<(Artefact Artefact, string Path)>();
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name);
            fetched.Add((await FetchAsync(client, runId, name, path, cancellationToken), path));
            if (!parsed.GetValue(_json))
            {
                console.Output.WriteLine($"{path}  {Amount.Bytes(fetched[^1].Artefact.Bytes)}  sha256 of the file {fetched[^1].Artefact.Sha256}");
            }
        }

        if (parsed.GetValue(_json))
        {
            console.Output.WriteLine(JsonSerializer.Serialize(
                fetched.Select(one => new { one.Artefact.Name, one.Path, one.Artefact.Bytes, one.Artefact.Sha256 }), RunJson.Compact));
        }

        return ExitCode.Ok;
    }

    private static async Task<Artefact> FetchAsync(
        DistributedFreezeClient client, string runId, string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await client.DownloadAsync(runId, name, path, cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(path, $"cannot be written: {refused.Message}");
        }
    }

    private static string Folder(string folder)
    {
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException("--to", $"cannot be a folder: {refused.Message}");
        }
    }
}
