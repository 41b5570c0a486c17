using Generated;
using Generated.Models;
using Microsoft.Kiota.Abstractions.Authentication;
using Microsoft.Kiota.Http.HttpClientLibrary;

// What Kiota's client can do: submit, watch, list, show, cancel and download.
using var http = KiotaClientFactory.Create();
http.DefaultRequestHeaders.Add("X-Api-Key", args[1]); // Kiota's own provider of keys takes https alone, also on loopback
using var adapter = new HttpClientRequestAdapter(new AnonymousAuthenticationProvider(), httpClient: http) { BaseUrl = args[0] };
var runs = new ApiClient(adapter).Api.V1.Runs;

var submitted = await runs.PostAsync(Spec("kiota"), request => request.QueryParameters.Id = "kiota");
Console.WriteLine($"kiota: submitted {submitted!.RunId}, {submitted.State}");
using (var events = new StreamReader((await runs["kiota"].Events.GetAsync())!))
{
    var kinds = new List<string>();
    while (await events.ReadLineAsync() is { } line)
    {
        if (line.StartsWith("event: ", StringComparison.Ordinal))
        {
            kinds.Add(line["event: ".Length..]);
        }
    }

    Console.WriteLine($"kiota: watched {string.Join(", ", kinds)}");
    Require(kinds[^1] == "ended", "the stream ends with the run");
}

var shown = await runs["kiota"].GetAsync();
Require(shown!.State == RunState.Succeeded, $"the run succeeded, not {shown.State}: {shown.Reason}");
var page = await runs.GetAsync(request => request.QueryParameters.State = ["succeeded"]);
Require(page!.Runs!.Any(run => run.RunId == "kiota"), "the list has the run");
using (var model = await runs["kiota"].Artefacts["model.safetensors"].GetAsync())
using (var copy = new MemoryStream())
{
    await model!.CopyToAsync(copy);
    var listed = (await runs["kiota"].Artefacts.GetAsync())!.Single(file => file.Name == "model.safetensors");
    Require(copy.Length == listed.Bytes, $"the model has {copy.Length} of {listed.Bytes} bytes");
    Console.WriteLine($"kiota: downloaded {copy.Length} bytes");
}

await runs.PostAsync(Spec("kiota-long", epochs: 10_000), request => request.QueryParameters.Id = "kiota-long");
var cancelled = await runs["kiota-long"].Cancel.PostAsync();
Console.WriteLine($"kiota: cancelled {cancelled!.RunId}");
try
{
    var wrong = Spec("kiota-wrong");
    wrong.BatchSize = 9;
    await runs.PostAsync(wrong);
    Require(false, "a wrong run is refused");
}
catch (HttpValidationProblemDetails problem)
{
    Console.WriteLine($"kiota: refused, {problem.Detail}");
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
