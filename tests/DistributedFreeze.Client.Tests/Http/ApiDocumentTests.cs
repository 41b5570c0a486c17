using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>What the OpenAPI document needs for linters to pass and for generated clients to work; <c>tests/openapi.sh</c> runs the real ones.</summary>
[Slow]
public sealed class ApiDocumentTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private static readonly string[] OfAll = ["401", "403", "429", "503"];
    private static readonly string[] OfBodies = ["413", "415"];

    [Fact]
    public async Task TheDocument_NamesEveryPath()
    {
        var paths = (await silo.GetAsync("openapi.json")).GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();

        Assert.Superset(
            new HashSet<string>(
            [
                "/api/v1/runs", "/api/v1/runs/{id}", "/api/v1/runs/{id}/events", "/api/v1/runs/{id}/pause", "/api/v1/runs/{id}/resume",
                "/api/v1/runs/{id}/cancel", "/api/v1/runs/{id}/artefacts", "/api/v1/runs/{id}/artefacts/{name}", "/api/v1/devices", "/api/v1/queue",
            ]),
            paths.ToHashSet());
    }

    [Fact]
    public async Task TheDocument_KnowsWhatRunsAreAskedBy()
    {
        var runs = (await silo.GetAsync("openapi.json")).GetProperty("paths").GetProperty("/api/v1/runs");

        Assert.Equal(["get", "post"], runs.EnumerateObject().Select(method => method.Name).Order());
        Assert.Equal(["label", "owner", "page", "since", "state", "take"], Parameters("get"));
        Assert.Equal(["Idempotency-Key", "id", "priority", "resume"], Parameters("post"));
        Assert.Superset(new HashSet<string>(["200", "201", "400", "409"]), runs.GetProperty("post").GetProperty("responses").EnumerateObject().Select(one => one.Name).ToHashSet());

        IEnumerable<string?> Parameters(string method) => runs.GetProperty(method).GetProperty("parameters").EnumerateArray()
            .Select(parameter => parameter.GetProperty("name").GetString()).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task TheDocument_NamesFieldsAndValuesAsRunFilesDo()
    {
        var schemas = (await silo.GetAsync("openapi.json")).GetProperty("components").GetProperty("schemas");

        var phase = schemas.GetProperty("PhaseSpec").GetProperty("properties").EnumerateObject().Select(field => field.Name).ToList();

        Assert.Contains("unfreezeLayers", phase);
        Assert.DoesNotContain("freeze", phase);
        Assert.Equal(["sgd", "adam", "adamw"], schemas.GetProperty("OptimizerKind").GetProperty("enum").EnumerateArray().Select(name => name.GetString()));
    }

    [Theory]
    [InlineData("/api/v1/runs/{id}/artefacts/{name}", "application/octet-stream application/json text/plain")]
    [InlineData("/api/v1/runs/{id}/events", "text/event-stream")]
    [InlineData("/api/v1/runs", "application/json")]
    public async Task TheDocument_SaysWhatAnAnswerIs(string path, string types)
    {
        var paths = (await silo.GetAsync("openapi.json")).GetProperty("paths");

        var content = paths.GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content");
        Assert.Equal(types, string.Join(' ', content.EnumerateObject().Select(type => type.Name)));
        Assert.Single(
            paths.GetProperty("/api/v1/runs").EnumerateObject().Select(method => method.Value.GetProperty("tags")[0].GetString()).Distinct());
    }

    [Fact]
    public async Task EveryOperation_SaysWhoMayAskAndHowItIsRefused()
    {
        var document = await silo.GetAsync("openapi.json");

        var schemes = document.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal(("apiKey", "header", "X-Api-Key"), (Text(schemes, "apiKey", "type"), Text(schemes, "apiKey", "in"), Text(schemes, "apiKey", "name")));
        Assert.Equal(("http", "bearer"), (Text(schemes, "bearer", "type"), Text(schemes, "bearer", "scheme")));
        Assert.Equal("""[{},{"apiKey":[]},{"bearer":[]}]""", Compact(document.GetProperty("security")));
        foreach (var (name, operation) in Operations(document))
        {
            Assert.Contains(" /api/v1/", name, StringComparison.Ordinal);
            var answers = operation.GetProperty("responses");
            foreach (var status in operation.TryGetProperty("requestBody", out _) ? [.. OfAll, .. OfBodies] : OfAll)
            {
                Assert.True(answers.TryGetProperty(status, out var answer), $"{name} does not say {status}");
                Assert.Equal("""{"$ref":"#/components/schemas/ProblemDetails"}""", Compact(answer.GetProperty("content").GetProperty("application/problem+json").GetProperty("schema")));
            }

            Assert.True(answers.GetProperty("429").GetProperty("headers").TryGetProperty("Retry-After", out _), name);
            Assert.Contains(Assert.Single(operation.GetProperty("tags").EnumerateArray()).GetString(), Names(document.GetProperty("tags")));
        }
    }

    [Fact]
    public async Task EveryReference_LeadsSomewhere_AndEveryEnumerationHasItsType()
    {
        var document = await silo.GetAsync("openapi.json");

        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var element in All(document))
        {
            if (element.TryGetProperty("$ref", out var reference) && reference.ValueKind == JsonValueKind.String)
            {
                Assert.True(schemas.TryGetProperty(reference.GetString()!["#/components/schemas/".Length..], out _), reference.GetString());
            }

            if (element.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array)
            {
                Assert.True(element.TryGetProperty("type", out var type) && type.GetString() == "string", Compact(element));
            }

            Assert.False(element.TryGetProperty("examples", out var examples) && Compact(examples) == "[null]", Compact(element));
        }
    }

    [Fact]
    public async Task Events_AreTextWithOneSchemaForEachKind_AndFilesAreBytes()
    {
        var document = await silo.GetAsync("openapi.json");

        var schemas = document.GetProperty("components").GetProperty("schemas");
        var stream = Content(document, "/api/v1/runs/{id}/events", "text/event-stream");
        Assert.Equal(("string", "binary", "application/json"), (Text(stream, "type"), Text(stream, "format"), Text(stream, "contentMediaType")));
        Assert.Equal("#/components/schemas/RunEvent", Text(stream, "contentSchema", "$ref"));
        var happened = schemas.GetProperty("RunEvent");
        Assert.Equal("event", Text(happened, "discriminator", "propertyName"));
        var kinds = happened.GetProperty("discriminator").GetProperty("mapping").EnumerateObject().ToDictionary(kind => kind.Name, kind => kind.Value.GetString()!);
        Assert.Equal(typeof(RunEvent).GetNestedTypes().Length, kinds.Count);
        Assert.Equal(kinds.Values.Order(StringComparer.Ordinal), happened.GetProperty("oneOf").EnumerateArray().Select(one => Text(one, "$ref")).Order(StringComparer.Ordinal));
        foreach (var (kind, reference) in kinds)
        {
            var schema = schemas.GetProperty(reference["#/components/schemas/".Length..]);
            Assert.Equal($$"""{"enum":["{{kind}}"],"type":"string"}""", Compact(schema.GetProperty("properties").GetProperty("event")));
            Assert.Contains("event", schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        }

        var file = schemas.GetProperty(Text(Content(document, "/api/v1/runs/{id}/artefacts/{name}", "application/octet-stream"), "$ref")["#/components/schemas/".Length..]);
        Assert.Equal(("string", "binary"), (Text(file, "type"), Text(file, "format")));
    }

    [Fact]
    public async Task ARunAsYaml_HasTheNamesOfARunFile()
    {
        var document = await silo.GetAsync("openapi.json");
        var file = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(RepositoryRoot.In("docs/run-file.schema.json"), TestContext.Current.CancellationToken));

        var content = document.GetProperty("paths").GetProperty("/api/v1/runs").GetProperty("post").GetProperty("requestBody").GetProperty("content");
        Assert.Equal("#/components/schemas/RunSpec", Text(content, "application/json", "schema", "$ref"));
        var yaml = content.GetProperty("application/yaml").GetProperty("schema");
        Assert.Equal(string.Join(' ', Fields(file, file)), string.Join(' ', Fields(yaml, document)));
        var features = document.GetProperty("components").GetProperty("schemas").GetProperty("RunFileFeature").GetProperty("properties");
        Assert.Equal(["integer", "string"], features.GetProperty("memory").GetProperty("anyOf").EnumerateArray().Select(one => Text(one, "type")));
    }

    [Fact]
    public async Task WhatIsLeftOut_StandsInTheDocumentAsItsDefault()
    {
        var document = await silo.GetAsync("openapi.json");

        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal(4, schemas.GetProperty("RunSpec").GetProperty("properties").GetProperty("shards").GetProperty("default").GetInt32());
        Assert.Equal(224, schemas.GetProperty("RunFileData").GetProperty("properties").GetProperty("image_size").GetProperty("default").GetInt32());
        Assert.False(schemas.GetProperty("PhaseSpec").GetProperty("properties").GetProperty("epochs").TryGetProperty("default", out _)); // depends on what trains
        Assert.False(schemas.GetProperty("RunSpec").GetProperty("properties").GetProperty("output").TryGetProperty("default", out _));
    }

    private static SortedSet<string> Fields(JsonElement schema, JsonElement document, string path = "")
    {
        var fields = new SortedSet<string>(StringComparer.Ordinal);
        if (schema.TryGetProperty("$ref", out var reference))
        {
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!["#/components/schemas/".Length..]);
        }

        foreach (var field in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToList() : [])
        {
            fields.Add($"{path}{field.Name}");
            fields.UnionWith(Fields(field.Value, document, $"{path}{field.Name}."));
        }

        foreach (var one in schema.TryGetProperty("oneOf", out var several) || schema.TryGetProperty("anyOf", out several) ? several.EnumerateArray().ToList() : [])
        {
            fields.UnionWith(Fields(one, document, path));
        }

        return schema.TryGetProperty("items", out var items) ? [.. fields, .. Fields(items, document, path)] : fields;
    }

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select ($"{operation.Name} {path.Name}", operation.Value);

    private static JsonElement Content(JsonElement document, string path, string type) => document.GetProperty("paths").GetProperty(path)
        .GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty(type).GetProperty("schema");

    private static IEnumerable<string?> Names(JsonElement named) => named.EnumerateArray().Select(one => one.GetProperty("name").GetString());

    private static IEnumerable<JsonElement> All(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => All(member.Value)).Prepend(element),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(All),
        _ => [],
    };

    private static string Text(JsonElement element, params string[] path) =>
        path.Aggregate(element, (inner, name) => inner.GetProperty(name)).GetString()!;

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element, RunJson.Compact);
}
