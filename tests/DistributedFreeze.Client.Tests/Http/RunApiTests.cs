using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace DistributedFreeze.Client.Tests.Http;

[Slow]
public sealed class RunApiTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    [Fact]
    public async Task ARun_IsSubmittedWatchedShownAndForgotten_AndItsFilesAreRead()
    {
        using var submitted = await silo.SubmitAsync(ApiSilo.Spec("whole"), "?id=whole&priority=7");
        using var again = await silo.SubmitAsync(ApiSilo.Spec("whole"), "?id=whole&priority=7");
        var events = await silo.WatchAsync("whole");
        var shown = await silo.GetAsync("runs/whole");
        var listed = await silo.GetAsync("runs?take=1000");
        var artefacts = await silo.GetAsync("runs/whole/artefacts");
        using var model = await silo.Http.GetAsync("/api/v1/runs/whole/artefacts/model.safetensors", TestContext.Current.CancellationToken);
        var content = await model.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(7, (await ApiSilo.ReadAsync(submitted, HttpStatusCode.Created)).GetProperty("priority").GetInt32());
        Assert.Equal("/api/v1/runs/whole", submitted.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(Enumerable.Range(1, Ids(events).Count).Select(number => $"{number}"), Ids(events));
        Assert.StartsWith("""data: {"event":"ended","state":"succeeded",""", events.FindLast(line => line.StartsWith("data:", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("succeeded", shown.GetProperty("state").GetString());
        Assert.Equal(10, shown.GetProperty("spec").GetProperty("phases")[0].GetProperty("unfreezeLayers").GetInt32());
        Assert.Contains("whole", listed.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("runId").GetString()));
        var file = Assert.Single(artefacts.EnumerateArray(), artefact => artefact.GetProperty("name").GetString() == "model.safetensors");
        Assert.Equal(file.GetProperty("bytes").GetInt64(), content.LongLength);
        var hash = SHA256.HashData(content);
        Assert.Equal(file.GetProperty("sha256").GetString(), Convert.ToHexStringLower(hash));
        Assert.Equal([$"sha-256=:{Convert.ToBase64String(hash)}:"], model.Headers.GetValues("Repr-Digest"));

        using var forgotten = await silo.Http.DeleteAsync("/api/v1/runs/whole", TestContext.Current.CancellationToken);
        using var unknown = await silo.Http.GetAsync("/api/v1/runs/whole", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, forgotten.StatusCode);
        await ApiSilo.ProblemAsync(unknown, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task ARunsEpochs_AreToldToThoseWhoAskForThem()
    {
        using var submitted = await silo.SubmitAsync(ApiSilo.Spec("epochs", epochs: 3), "?id=epochs");
        await silo.WatchAsync("epochs");

        var brief = await silo.GetAsync("runs/epochs");
        var whole = await silo.GetAsync("runs/epochs?epochs=true");

        Assert.Empty(brief.GetProperty("progress").GetProperty("epochs").EnumerateArray());
        Assert.Equal((3, 2), (brief.GetProperty("epochsDone").GetInt32(), brief.GetProperty("latestEpoch").GetProperty("epoch").GetInt32()));
        Assert.Equal([0, 1, 2], whole.GetProperty("progress").GetProperty("epochs").EnumerateArray().Select(epoch => epoch.GetProperty("epoch").GetInt32()));
        Assert.Equal(brief.GetProperty("receipt").GetProperty("epochs").GetRawText(), whole.GetProperty("progress").GetProperty("epochs").GetRawText());
    }

    [Fact]
    public async Task Text_IsSentAsItIsWritten()
    {
        using var submitted = await silo.SubmitAsync(ApiSilo.Spec("Käfer+1"), "?id=kaefer");
        using var refused = await silo.SubmitAsync(ApiSilo.Spec("x") with { Data = new() { Path = "Käfer+2" } }, "?id=refused");
        var events = await silo.WatchAsync("kaefer");
        var shown = await silo.Http.GetStringAsync("/api/v1/runs/kaefer", TestContext.Current.CancellationToken);
        var receipt = await File.ReadAllTextAsync(silo.In("outputs/Käfer+1/receipt.json"), TestContext.Current.CancellationToken);

        Assert.Contains("/Käfer+1\"", await submitted.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("Käfer+2", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("/Käfer+1\"", shown, StringComparison.Ordinal);
        Assert.Contains("/Käfer+1\"", receipt, StringComparison.Ordinal);
        Assert.All(events.Where(line => line.StartsWith("data:", StringComparison.Ordinal)), line => Assert.Matches("\"at\":\"[^\"]*\\+00:00\"", line));
    }

    [Fact]
    public async Task AFile_IsReadInRanges_AndOthersThanArtefactsAreNot()
    {
        var runId = await silo.StartAsync(ApiSilo.Spec("ranges"));
        await silo.WatchAsync(runId);
        var whole = await File.ReadAllBytesAsync(silo.In("outputs/ranges/model.safetensors"), TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/artefacts/model.safetensors");
        request.Headers.Range = new(1_500_000, 2_700_000);

        using var part = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        using var beyond = await GetRangeAsync(runId, whole.Length);
        using var outside = await silo.Http.GetAsync($"/api/v1/runs/{runId}/artefacts/..%2F..%2Fimages", TestContext.Current.CancellationToken);
        using var missing = await silo.Http.GetAsync($"/api/v1/runs/{runId}/artefacts/model.bin", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(whole[1_500_000..2_700_001], await part.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await ApiSilo.ProblemAsync(beyond, HttpStatusCode.RequestedRangeNotSatisfiable);
        Assert.Equal(whole.Length, beyond.Content.Headers.ContentRange?.Length);
        await ApiSilo.ProblemAsync(outside, HttpStatusCode.NotFound);
        await ApiSilo.ProblemAsync(missing, HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task ARunFile_IsTakenAsYaml()
    {
        const string Yaml = """
            data: { path: ., image_size: 40 }
            batch_size: 8
            shards: 4
            replicas: 1
            output: yaml
            phases:
              - { epochs: 1, unfreeze_layers: 10 }
            """;

        using var submitted = await silo.SubmitAsync(Yaml, "?id=yaml", "application/yaml");
        using var wrong = await silo.SubmitAsync(Yaml.Replace("image_size", "image_sise", StringComparison.Ordinal), "", "application/yaml");

        var spec = (await ApiSilo.ReadAsync(submitted, HttpStatusCode.Created)).GetProperty("spec");
        Assert.Equal(silo.In("outputs/yaml"), spec.GetProperty("output").GetString());
        var problem = await ApiSilo.ProblemAsync(wrong, HttpStatusCode.BadRequest);
        Assert.Contains("data.image_sise", problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Theory]
    [InlineData("output", """ "output": "../elsewhere" """)]
    [InlineData("output", """ "output": "/etc/dfreeze" """)]
    [InlineData("output", """ "output": "link/elsewhere" """)]
    [InlineData("data.path", """ "data": { "path": "../.." } """)]
    [InlineData("model.weights", """ "model": { "weights": "/etc/resnet50.h5" } """)]
    [InlineData("features.directory", """ "features": { "directory": "/tmp" } """)]
    public async Task NoPath_LeavesTheRoots(string field, string changed)
    {
        if (!Path.Exists(silo.In("outputs/link")))
        {
            Directory.CreateSymbolicLink(silo.In("outputs/link"), silo.In("."));
        }

        using var refused = await silo.SubmitAsync(Changed(changed));

        var problem = await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest);
        var error = Assert.Single(problem.GetProperty("errors").EnumerateObject());
        Assert.Equal(field, error.Name);
        Assert.StartsWith("must lie under ", error.Value[0].GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(silo.In("elsewhere")));
    }

    [Theory]
    [InlineData("shards", "is 0, but must be a whole number from 1 to 1024", """ "shards": 0 """)]
    [InlineData("shards", "must be a whole number from -2147483648 to 2147483647, got 'four'", """ "shards": "four" """)]
    [InlineData("batchSize", "is 9, but must be a multiple of shards, which is 4: 8 or 12 would do", """ "batchSize": 9 """)]
    [InlineData("data", "must not be null; leave it out where it has a default", """ "data": null """)]
    [InlineData("data.path", "is missing", """ "data": { "imageSize": 40 } """)]
    [InlineData("data.path", "is given twice", """ "data": { "path": ".", "imageSize": 40, "path": "x" } """)]
    [InlineData("data.imageSize", "is 8, but must be a whole number from 32 to 1024", """ "data": { "path": ".", "imageSize": 8 } """)]
    [InlineData("data.force_preprocess", "unknown field 'force_preprocess'; in JSON it is called forcePreprocess", """ "data": { "path": ".", "force_preprocess": true } """)]
    [InlineData("data.preprocess", "must be caffe, torch, tf, unit, raw, clip or auto, got 'vgg'", """ "data": { "path": ".", "preprocess": "vgg" } """)]
    [InlineData("data.augment.flip", "must be a number, got 'often'", """ "data": { "path": ".", "augment": { "flip": "often" } } """)]
    [InlineData("features.memory", "is -1, but must be a whole number from 0 to 1125899906842624", """ "features": { "memory": -1 } """)]
    [InlineData("outputs", "unknown field 'outputs'; did you mean output?", """ "outputs": "a" """)]
    [InlineData("batch_size", "unknown field 'batch_size'; in JSON it is called batchSize", """ "batch_size": 8 """)]
    [InlineData("output", "must be a text, got 7", """ "output": 7 """)]
    [InlineData("classWeights", "must be none or balanced, or an object of numbers by class, got an array", """ "classWeights": [2] """)]
    [InlineData("classWeights.rose", "must be a number, got '2'", """ "classWeights": { "rose": "2" } """)]
    [InlineData("classFactors", "must be an object of numbers, got an array", """ "classFactors": [2] """)]
    [InlineData("classFactors.rose", "must be a number, got '2'", """ "classFactors": { "rose": "2" } """)]
    [InlineData("classFactors.rose", "is given twice", """ "classFactors": { "rose": 1, "rose": 2 } """)]
    [InlineData("classWeights", "is 0 for 'rose', but must be above 0 and at most 1000000", """ "classWeights": { "rose": 0 } """)]
    [InlineData("phases[0].freeze", "must say by \"policy\" which layers train: none, all, last, from, stage or layers", """ "phases": [ { "freeze": { "policy": "half" } } ] """)]
    [InlineData("phases[0].unfreezeLayers", "is 200 layers, but must be 0 (the head alone) to 175 (every layer of the base)", """ "phases": [ { "freeze": { "count": 200, "policy": "last" } } ] """)]
    [InlineData("phases[0].unfreezeLayers", "is 200 layers, but must be 0 (the head alone) to 175 (every layer of the base)", """ "phases": [ { "unfreezeLayers": 200 } ] """)]
    [InlineData("phases[0].unfreeze", "must be none or all, got 'half'", """ "phases": [ { "unfreeze": "half" } ] """)]
    [InlineData("phases[0].from", "cannot stand beside unfreezeLayers, which says the same", """ "phases": [ { "unfreezeLayers": 2, "from": "conv5_block1_1_conv" } ] """)]
    [InlineData("phases[0].unfreezeLayers", "cannot stand beside Freeze, which says the same", """ "phases": [ { "Freeze": { "policy": "all" }, "unfreezeLayers": 2 } ] """)]
    [InlineData("classFactors", "cannot stand beside classWeights, which says the same", """ "classWeights": { "a": 2 }, "classFactors": { "b": 3 } """)]
    [InlineData("phases[0].freeze.count", "is missing", """ "phases": [ { "freeze": { "policy": "last" } } ] """)]
    [InlineData("phases[0].optimizer", "must be an object, got 'adam'", """ "phases": [ { "optimizer": "adam" } ] """)]
    [InlineData("phases[0].optimizer.kind", "must be sgd, adam or adamw, got 'lion'", """ "phases": [ { "optimizer": { "kind": "lion" } } ] """)]
    [InlineData("phases[0].optimizer.headLearningRate", "is 0, but must be above 0 and at most 100", """ "phases": [ { "optimizer": { "headLearningRate": 0 } } ] """)]
    public async Task WhatIsWrong_IsNamedAsJsonNamesIt(string field, string message, string changed)
    {
        using var refused = await silo.SubmitAsync(Changed(changed));

        var error = Assert.Single((await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal((field, message), (error.Name, error.Value[0].GetString()));
    }

    [Theory]
    [InlineData("{", "is not valid JSON: ")]
    [InlineData("null", "must be a run's specification, got null")]
    [InlineData("[]", "must be an object, got an array")]
    [InlineData("""{ "data": { "path": "\ud800" }, "output": "o", "phases": [ {} ] }""", "is not valid JSON: ")]
    public async Task WhatIsNoSpecification_IsRefusedAsABody(string text, string message)
    {
        using var refused = await silo.SubmitAsync(text);

        var error = Assert.Single((await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal("body", error.Name);
        Assert.StartsWith(message, error.Value[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsWrongInARunFile_IsNamedAsRunFilesNameIt()
    {
        using var refused = await silo.SubmitAsync("data: { path: . }\noutput: o\nbatch_size: 9\nshards: 4\nphases: [ {} ]\n", "", "application/yaml");

        var error = Assert.Single((await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal(("batch_size", "is 9, but must be a multiple of shards, which is 4: 8 or 12 would do (body line 3)"), (error.Name, error.Value[0].GetString()));
    }

    [Fact]
    public async Task AFolderWithACheckpoint_IsGoneOnWithByAParameter()
    {
        Directory.CreateDirectory(silo.In("outputs/halted"));
        await File.WriteAllTextAsync(silo.In("outputs/halted/checkpoint.safetensors"), "", TestContext.Current.CancellationToken);

        using var refused = await silo.SubmitAsync(ApiSilo.Spec("halted"));

        var error = Assert.Single((await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal("output", error.Name);
        Assert.EndsWith("go on with it by resume=true", error.Value[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralMistakes_AreToldAtOnce()
    {
        using var refused = await silo.SubmitAsync("""{ "data": { "pfad": "." }, "seed": 1.5, "phases": [ 3 ] }""");

        var errors = (await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject().Select(error => error.Name);
        Assert.Equal(["data.pfad", "data.path", "seed", "phases[0]", "output"], errors);
    }

    [Fact]
    public async Task TheSameIdForAnotherRun_Conflicts()
    {
        using var first = await silo.SubmitAsync(ApiSilo.Spec("taken"), "?id=taken");
        using var other = await silo.SubmitAsync(ApiSilo.Spec("taken", epochs: 2), "?id=taken");

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        var problem = await ApiSilo.ProblemAsync(other, HttpStatusCode.Conflict);
        Assert.Contains("taken is a run with another spec", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "runs/nobody", 404)]
    [InlineData("GET", "runs/a%20b", 404)]
    [InlineData("GET", "runs/nobody/events", 404)]
    [InlineData("GET", "runs/nobody/artefacts", 404)]
    [InlineData("GET", "runs/nobody/artefacts/model.safetensors", 404)]
    [InlineData("POST", "runs/nobody/pause", 404)]
    [InlineData("DELETE", "runs/nobody", 404)]
    [InlineData("GET", "nothing", 404)]
    [InlineData("PUT", "runs", 405)]
    [InlineData("GET", "runs?take=0", 400)]
    [InlineData("GET", "runs?skip=1", 400)]
    [InlineData("GET", "runs?take=many", 400)]
    [InlineData("POST", "runs?id=.a", 400)]
    [InlineData("POST", "runs?priority=101", 400)]
    [InlineData("POST", "runs", 415)]
    public async Task WhatCannotBeAnswered_IsAProblem(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new(method), $"/api/v1/{path}");
        using var answer = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);

        await ApiSilo.ProblemAsync(answer, (HttpStatusCode)status);
    }

    [Fact]
    public async Task ABodyThatIsTooLong_IsRefused()
    {
        using var refused = await silo.SubmitAsync($"\"{new string('a', 30_000)}\"");

        await ApiSilo.ProblemAsync(refused, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Devices_AreListed_AndTheQueueIsEmptyOfOthers()
    {
        var devices = await silo.GetAsync("devices");
        var queue = await silo.GetAsync("queue");

        Assert.Equal(["cpu", "cpu"], devices.EnumerateArray().Select(device => device.GetProperty("device").GetProperty("model").GetString()));
        Assert.Equal(JsonValueKind.Array, queue.ValueKind);
    }

    [Fact]
    public async Task TheSilo_TellsWhyItIsReady()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz");
        request.Headers.Accept.Add(new("application/json"));
        using var answer = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await silo.Http.GetStringAsync("/readyz", TestContext.Current.CancellationToken);

        var checks = (await ApiSilo.ReadAsync(answer, HttpStatusCode.OK)).GetProperty("checks");
        Assert.Equal("2 of this silo's", checks.GetProperty("devices").GetProperty("description").GetString());
        Assert.Equal(["Healthy", "cluster: one of 1", "storage: it answers", "devices: 2 of this silo's"], text.Split('\n'));
    }

    [Fact]
    public async Task TheDashboard_IsThere()
    {
        using var page = await silo.Http.GetAsync("/dashboard/", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost", HttpStatusCode.OK)]
    public async Task Metrics_AreForHostsOfThisMachineAlone_WhereNobodyIsAsked(string host, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { Host = host } };
        using var answer = await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    public async Task AForeignPage_IsRefused(string header, string value)
    {
        using var refused = await CancelNobodyAsync(header, value);
        using var own = await CancelNobodyAsync("Origin", silo.Http.BaseAddress!.GetLeftPart(UriPartial.Authority));

        await ApiSilo.ProblemAsync(refused, HttpStatusCode.Forbidden);
        await ApiSilo.ProblemAsync(own, HttpStatusCode.NotFound);
    }

    private async Task<HttpResponseMessage> CancelNobodyAsync(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs/nobody/cancel");
        request.Headers.Add(header, value);
        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static List<string> Ids(List<string> events) =>
        [.. events.Where(line => line.StartsWith("id: ", StringComparison.Ordinal)).Select(line => line["id: ".Length..])];

    /// <summary>A good specification with a field more, or one instead.</summary>
    private static string Changed(string field)
    {
        using var document = JsonDocument.Parse($"{{{field}}}"); // keeps what is given twice
        var changed = document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value);
        var spec = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(
            JsonSerializer.Serialize(ApiSilo.Spec("refused"), DistributedFreeze.Runs.RunJson.Compact))!;
        foreach (var (name, value) in changed)
        {
            spec[name] = value;
        }

        return JsonSerializer.Serialize(spec);
    }

    private async Task<HttpResponseMessage> GetRangeAsync(string runId, long from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/runs/{runId}/artefacts/model.safetensors");
        request.Headers.Range = new(from, null);
        return await silo.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
