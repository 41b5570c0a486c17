using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DistributedFreeze.Client.Tests.Results;

/// <summary>What goes wrong with a call.</summary>
internal enum MlflowFault
{
    None,

    /// <summary>503, and nothing is done.</summary>
    Unavailable,

    /// <summary>The connection breaks before anything is done.</summary>
    BrokenBefore,

    /// <summary>All is done, and the connection breaks before the answer.</summary>
    BrokenAfter,

    /// <summary>All is done, and the answer is 500.</summary>
    FailedAfter,
}

/// <summary>A tracking server that keeps what it is told as MLflow does, and checks each call against the documentation of its REST API 2.0.</summary>
internal sealed class MlflowStandIn : IAsyncDisposable
{
    private const int MostItems = 1000;

    private static readonly Dictionary<string, (string[] Required, string[] Others)> Fields = new()
    {
        ["experiments/create"] = (["name"], ["artifact_location", "tags"]),
        ["runs/search"] = (["experiment_ids"], ["filter", "run_view_type", "max_results", "order_by", "page_token"]),
        ["runs/create"] = (["experiment_id"], ["user_id", "run_name", "start_time", "tags"]),
        ["runs/log-batch"] = (["run_id"], ["metrics", "params", "tags"]),
        ["runs/update"] = (["run_id"], ["run_uuid", "status", "end_time", "run_name"]),
    };

    private readonly WebApplication _application;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _experiments = [];
    private readonly Dictionary<long, TaskCompletionSource> _arrived = [];
    private int _calls;

    private MlflowStandIn()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    public static async Task<MlflowStandIn> StartAsync()
    {
        var server = new MlflowStandIn();
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        server.Address = $"{server._application.Urls.Single()}/mlflow";
        return server;
    }

    public string Address { get; private set; } = "";

    /// <summary>What becomes of the call with this number, from 0, and this path.</summary>
    public Func<int, string, MlflowFault> Fault { get; set; } = (_, _) => MlflowFault.None;

    /// <summary>An answer instead of any other; null for none.</summary>
    public (int Status, string Body)? Always { get; set; }

    public string ContentType { get; set; } = "application/json";

    /// <summary>What a header said, of all calls.</summary>
    public ConcurrentBag<string?> Authorizations { get; } = [];

    /// <summary>What was wrong with calls.</summary>
    public ConcurrentQueue<string> Complaints { get; } = [];

    /// <summary>Paths of calls that were carried out.</summary>
    public ConcurrentQueue<string> Done { get; } = [];

    public List<Run> Runs { get; } = [];

    public int Calls => _calls;

    /// <summary>Completes once an event's points are there.</summary>
    public Task HasAsync(long sequence)
    {
        lock (_lock)
        {
            var arrived = _arrived.TryGetValue(sequence, out var known) ? known : _arrived[sequence] = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return arrived.Task;
        }
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    internal sealed record Metric(string Key, double Value, long Timestamp, long Step);

    internal sealed class Run
    {
        public required string Id { get; init; }

        public required string Experiment { get; init; }

        public string Name { get; init; } = "";

        public long StartTime { get; init; }

        public string Status { get; set; } = "RUNNING";

        public long? EndTime { get; set; }

        public List<Metric> Metrics { get; } = [];

        public Dictionary<string, string> Params { get; } = [];

        public Dictionary<string, string> Tags { get; } = [];
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        path = path.StartsWith("/mlflow/api/2.0/mlflow/", StringComparison.Ordinal) ? path["/mlflow/api/2.0/mlflow/".Length..] : $"elsewhere {path}";
        Authorizations.Add(context.Request.Headers.Authorization);
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var fault = Fault(Interlocked.Increment(ref _calls) - 1, path);
        if (fault == MlflowFault.BrokenBefore)
        {
            context.Abort();
            return;
        }

        var (status, answer) = Always is { } always ? always
            : fault == MlflowFault.Unavailable ? (503, "<html>later</html>")
            : Carried(context.Request, path, body);
        if (fault == MlflowFault.BrokenAfter)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = fault == MlflowFault.FailedAfter ? 500 : status;
        context.Response.ContentType = ContentType;
        await context.Response.WriteAsync(fault == MlflowFault.FailedAfter ? "" : answer, context.RequestAborted);
    }

    private (int Status, string Body) Carried(HttpRequest request, string path, string body)
    {
        lock (_lock)
        {
            try
            {
                var answer = path == "experiments/get-by-name" ? Experiment(request) : Post(request, path, body);
                Done.Enqueue(path);
                return (200, answer.ToJsonString());
            }
            catch (KeyNotFoundException unknown)
            {
                return (404, new JsonObject { ["error_code"] = "RESOURCE_DOES_NOT_EXIST", ["message"] = unknown.Message }.ToJsonString());
            }
            catch (Exception wrong) when (wrong is FormatException or InvalidOperationException or JsonException or NullReferenceException)
            {
                Complaints.Enqueue($"{path}: {wrong.Message}");
                return (400, new JsonObject { ["error_code"] = "INVALID_PARAMETER_VALUE", ["message"] = wrong.Message }.ToJsonString());
            }
        }
    }

    private JsonObject Experiment(HttpRequest request)
    {
        Require(request.Method == "GET" && request.Query.Keys.SequenceEqual(["experiment_name"]), "takes experiment_name");
        var name = request.Query["experiment_name"].ToString();
        return _experiments.TryGetValue(name, out var id)
            ? new() { ["experiment"] = new JsonObject { ["experiment_id"] = id, ["name"] = name, ["lifecycle_stage"] = "active" } }
            : throw new KeyNotFoundException($"no experiment {name}");
    }

    private JsonObject Post(HttpRequest request, string path, string body)
    {
        Require(request.Method == "POST" && request.ContentType!.StartsWith("application/json", StringComparison.Ordinal), "is posted as application/json");
        Require(body.Length <= 1_000_000, "is at most 1 MB");
        Require(Fields.ContainsKey(path), "is no call that is documented");
        var call = JsonNode.Parse(body)!.AsObject();
        var (required, others) = Fields[path];
        Require(required.All(call.ContainsKey) && call.All(field => required.Contains(field.Key) || others.Contains(field.Key)), "has the documented fields");
        switch (path)
        {
            case "experiments/create":
                var name = Text(call["name"]);
                Require(!_experiments.ContainsKey(name), "is of a new name");
                return new() { ["experiment_id"] = _experiments[name] = (_experiments.Count + 1).ToString(CultureInfo.InvariantCulture) };
            case "runs/search":
                return new() { ["runs"] = new JsonArray([.. Search(call).Select(Json)]) };
            case "runs/create":
                var run = new Run
                {
                    Id = $"{Runs.Count + 1:D32}",
                    Experiment = Text(call["experiment_id"]),
                    Name = Text(call["run_name"]),
                    StartTime = Integer(call["start_time"]),
                };
                Require(_experiments.ContainsValue(run.Experiment), "is of an experiment");
                Write(run.Tags, call["tags"], 5000);
                Runs.Add(run);
                return new() { ["run"] = Json(run) };
            case "runs/log-batch":
                Batch(call);
                return [];
            default:
                var updated = Runs.Single(known => known.Id == Text(call["run_id"]));
                updated.Status = Text(call["status"]);
                Require(updated.Status is "RUNNING" or "SCHEDULED" or "FINISHED" or "FAILED" or "KILLED", "has a status");
                updated.EndTime = call.ContainsKey("end_time") ? Integer(call["end_time"]) : updated.EndTime;
                return new() { ["run_info"] = Json(updated)["info"]!.DeepClone() };
        }
    }

    private IEnumerable<Run> Search(JsonObject call)
    {
        var ids = call["experiment_ids"]!.AsArray().Select(Text).ToList();
        Require(Integer(call["max_results"]) is >= 1 and <= 50_000, "has at most 50,000 results");
        var parts = Text(call["filter"]).Split('\'');
        Require(parts is ["tags.`dfreeze.runId` = ", _, ""], "has a filter");
        return Runs.Where(run => ids.Contains(run.Experiment) && run.Tags["dfreeze.runId"] == parts[1]);
    }

    private void Batch(JsonObject call)
    {
        var run = Runs.Single(known => known.Id == Text(call["run_id"]));
        var (metrics, parameters, tags) = (call["metrics"] as JsonArray ?? [], call["params"] as JsonArray ?? [], call["tags"] as JsonArray ?? []);
        Require(
            metrics.Count <= MostItems && parameters.Count <= 100 && tags.Count <= 100 && metrics.Count + parameters.Count + tags.Count <= MostItems,
            "has at most 1,000 metrics, 100 parameters and 100 tags, and 1,000 in all");
        Write(run.Params, parameters, 500);
        foreach (var metric in metrics)
        {
            Require(metric!.AsObject().Select(field => field.Key).Order(StringComparer.Ordinal).SequenceEqual(["key", "step", "timestamp", "value"]), "has metrics with key, value, timestamp and step");
            run.Metrics.Add(new(Key(metric["key"]), Double(metric["value"]!), Integer(metric["timestamp"]), Integer(metric["step"])));
        }

        Write(run.Tags, tags, 5000);
        if (run.Tags.TryGetValue("dfreeze.lastEvent", out var last) && _arrived.TryGetValue(long.Parse(last, CultureInfo.InvariantCulture), out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    private static void Write(Dictionary<string, string> kept, JsonNode? pairs, int longest)
    {
        foreach (var pair in pairs!.AsArray())
        {
            Require(pair!.AsObject().Count == 2, "has pairs of key and value");
            var value = Text(pair["value"]);
            Require(System.Text.Encoding.UTF8.GetByteCount(value) <= longest, $"has values of at most {longest} bytes");
            Require(longest > 500 || !kept.TryGetValue(Key(pair["key"]), out var before) || before == value, "does not change a parameter");
            kept[Key(pair["key"])] = value;
        }
    }

    private static JsonObject Json(Run run) => new()
    {
        ["info"] = new JsonObject { ["run_id"] = run.Id, ["status"] = run.Status, ["start_time"] = run.StartTime, ["lifecycle_stage"] = "active" },
        ["data"] = new JsonObject { ["tags"] = new JsonArray([.. run.Tags.Select(tag => new JsonObject { ["key"] = tag.Key, ["value"] = tag.Value })]) },
    };

    private static string Key(JsonNode? node)
    {
        var key = Text(node);
        Require(key.Length is > 0 and <= 250 && key.All(character => char.IsAsciiLetterOrDigit(character) || "_-. /".Contains(character, StringComparison.Ordinal)), $"has keys that MLflow takes, not {key}");
        return key;
    }

    private static string Text(JsonNode? node) => node!.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : throw new FormatException("a STRING is none");

    private static long Integer(JsonNode? node) =>
        node!.GetValueKind() == JsonValueKind.Number && long.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : throw new FormatException("an INT64 is none");

    private static double Double(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Number => node.GetValue<double>(),
        JsonValueKind.String when node.GetValue<string>() is "NaN" or "Infinity" or "-Infinity" => double.Parse(node.GetValue<string>(), CultureInfo.InvariantCulture),
        _ => throw new FormatException("a DOUBLE is none"),
    };

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FormatException($"what is sent {what}: it does not");
        }
    }
}
