using Generated;

// What NSwag's client can do: submit, watch, list, show, cancel and download.
using var http = new HttpClient();
http.DefaultRequestHeaders.Add("X-Api-Key", args[1]);
var api = new Api(http) { BaseUrl = args[0] };

var submitted = await api.SubmitAsync("nswag", null, null, null, Spec("nswag"));
Console.WriteLine($"nswag: submitted {submitted.RunId}, {submitted.State}");
using (var stream = await api.WatchAsync("nswag", null, null))
using (var events = new StreamReader(stream.Stream))
{
    var kinds = new List<string>();
    while (await events.ReadLineAsync() is { } line)
    {
        if (line.StartsWith("event: ", StringComparison.Ordinal))
        {
            kinds.Add(line["event: ".Length..]);
        }
    }

    Console.WriteLine($"nswag: watched {string.Join(", ", kinds)}");
    Require(kinds[^1] == "ended", "the stream ends with the run");
}

var shown = await api.ShowAsync("nswag", null);
Require(shown.State == RunState.Succeeded, $"the run succeeded, not {shown.State}: {shown.Reason}");
var page = await api.ListAsync(["succeeded"], null, null, null, null, null);
Require(page.Runs.Any(run => run.RunId == "nswag"), "the list has the run");
using (var model = await api.ArtefactAsync("nswag", "model.safetensors"))
using (var copy = new MemoryStream())
{
    await model.Stream.CopyToAsync(copy);
    var listed = (await api.ArtefactsAsync("nswag")).Single(file => file.Name == "model.safetensors");
    Require(copy.Length == listed.Bytes, $"the model has {copy.Length} of {listed.Bytes} bytes");
    Console.WriteLine($"nswag: downloaded {copy.Length} bytes");
}

await api.SubmitAsync("nswag-long", null, null, null, Spec("nswag-long", epochs: 10_000));
var cancelled = await api.CancelAsync("nswag-long");
Console.WriteLine($"nswag: cancelled {cancelled.RunId}");
try
{
    var wrong = Spec("nswag-wrong");
    wrong.BatchSize = 9;
    await api.SubmitAsync(null, null, null, null, wrong);
    Require(false, "a wrong run is refused");
}
catch (ApiException<HttpValidationProblemDetails> problem)
{
    Console.WriteLine($"nswag: refused, {problem.Result.Detail}");
}

static RunSpec Spec(string output, int epochs = 1) => new()
{
    Data = new() { Path = ".", ImageSize = 40 },
    BatchSize = 8,
    Shards = 4,
    Replicas = 1,
    Output = output,
    Phases = [new() { Epochs = epochs, UnfreezeLayers = 10 }],
};

static void Require(bool holds, string what)
{
    if (!holds)
    {
        throw new InvalidOperationException($"It should be that {what}.");
    }
}
