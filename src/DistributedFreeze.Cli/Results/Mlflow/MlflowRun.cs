using System.Globalization;
using System.Text.Json.Nodes;

namespace DistributedFreeze.Cli.Results.Mlflow;

/// <summary>A run as a tracking server has it.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Status">Such as <see cref="Running"/>.</param>
/// <param name="LastEvent">Number of the last event whose points it has; 0 before the first, null where its parameters are missing, too.</param>
internal sealed record MlflowRun(string Id, string Status, long? LastEvent)
{
    /// <summary>Tag with the run's id here.</summary>
    public const string RunIdTag = "dfreeze.runId";

    /// <summary>Tag with <see cref="LastEvent"/>.</summary>
    public const string LastEventTag = "dfreeze.lastEvent";

    /// <summary>Tag with the hash of the model that the run came to.</summary>
    public const string ModelTag = "dfreeze.modelSha256";

    /// <summary>A run goes on.</summary>
    public const string Running = "RUNNING";

    /// <summary>Finds the run, or makes it.</summary>
    /// <param name="api">The server.</param>
    /// <param name="experiment">Name of the experiment, which is made where there is none.</param>
    /// <param name="name">What people call the run.</param>
    /// <param name="runId">Its id here.</param>
    /// <param name="started">When its first event happened: ids that people give come again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="MlflowException">A call failed.</exception>
    public static async Task<MlflowRun> OpenAsync(
        MlflowApi api, string experiment, string name, string runId, DateTimeOffset started, CancellationToken cancellationToken)
    {
        var experimentId = await ExperimentAsync(api, experiment, cancellationToken);
        var found = await api.PostAsync(
            "runs/search",
            new()
            {
                ["experiment_ids"] = new JsonArray(experimentId),
                ["filter"] = $"tags.`{RunIdTag}` = '{runId}'",
                ["max_results"] = 100,
            },
            cancellationToken);
        var milliseconds = started.ToUnixTimeMilliseconds();
        var runs = (found["runs"] as JsonArray ?? []).Where(run => Number(run?["info"]?["start_time"]) == milliseconds).Select(Of).OrderBy(run => run.Id, StringComparer.Ordinal);
        if (runs.FirstOrDefault() is { } known)
        {
            return known;
        }

        var created = await api.PostAsync(
            "runs/create",
            new()
            {
                ["experiment_id"] = experimentId,
                ["run_name"] = name,
                ["start_time"] = milliseconds,
                ["tags"] = new JsonArray(Pair(RunIdTag, runId), Pair("mlflow.source.name", "dfreeze")),
            },
            cancellationToken);
        return Of(created["run"]);
    }

    /// <summary>An entry of a list of parameters or tags.</summary>
    public static JsonObject Pair(string key, string value) => new() { ["key"] = key, ["value"] = value };

    private static async Task<string> ExperimentAsync(MlflowApi api, string name, CancellationToken cancellationToken)
    {
        try
        {
            var found = await api.GetAsync($"experiments/get-by-name?experiment_name={Uri.EscapeDataString(name)}", cancellationToken);
            return MlflowApi.Text(found["experiment"]?["lifecycle_stage"]) == "deleted"
                ? throw new MlflowException($"its experiment {name} was deleted: restore it there, or name another by {MlflowTarget.ExperimentOptionName}", "", isPassing: false)
                : Required(found["experiment"]?["experiment_id"]);
        }
        catch (MlflowException e) when (e.Code == "RESOURCE_DOES_NOT_EXIST")
        {
            try
            {
                return Required((await api.PostAsync("experiments/create", new() { ["name"] = name }, cancellationToken))["experiment_id"]);
            }
            catch (MlflowException raced) when (raced.Code == "RESOURCE_ALREADY_EXISTS")
            {
                throw new MlflowException(raced.Message, raced.Code, isPassing: true, raced); // somebody else was faster: it is there the next time
            }
        }
    }

    private static MlflowRun Of(JsonNode? run)
    {
        var tags = run?["data"]?["tags"] as JsonArray ?? [];
        var last = tags.FirstOrDefault(tag => MlflowApi.Text(tag?["key"]) == LastEventTag);
        return new(
            Required(run?["info"]?["run_id"]),
            MlflowApi.Text(run?["info"]?["status"]),
            long.TryParse(MlflowApi.Text(last?["value"]), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null);
    }

    private static string Required(JsonNode? id) => MlflowApi.Text(id) is { Length: > 0 } text
        ? text
        : throw new MlflowException("its answer lacks an id, so it is no tracking server of MLflow's", "", isPassing: false);

    /// <summary>Of 64 bits, which servers write as numbers or, as protobuf does, as texts.</summary>
    private static long? Number(JsonNode? node) =>
        node is JsonValue && long.TryParse(node.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
