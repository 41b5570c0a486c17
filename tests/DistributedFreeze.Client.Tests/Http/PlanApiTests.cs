using System.Net;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Client.Tests.Commands;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Plans over HTTP.</summary>
[Slow]
public sealed class PlanApiTests(ApiSilo silo) : IClassFixture<ApiSilo>
{
    private const string File =
        """
        data: { path: ., image_size: 40 }
        batch_size: 8
        shards: 4
        replicas: 1
        output: planned
        phases:
          - { epochs: 1, unfreeze_layers: 10 }
        """;

    [Fact]
    public async Task APlan_IsWhatTheCommandPrints_AsYamlAndAsJson_AndStartsNothing()
    {
        await System.IO.File.WriteAllTextAsync(silo.In("run.yaml"), File, TestContext.Current.CancellationToken);
        var printed = await CommandRun.OfAsync("plan", "-f", silo.In("run.yaml"), "--json", "--cluster", silo.Gateway);

        using var yaml = await PlanAsync(File, "application/yaml");
        using var json = await PlanAsync(JsonSerializer.Serialize(ApiSilo.Spec("planned"), RunJson.Indented));

        Assert.True(printed.ExitCode == 0, printed.Error);
        var expected = JsonSerializer.Deserialize<JsonElement>(printed.Output);
        Assert.Equal(20, expected.GetProperty("trainImages").GetInt32());
        Assert.Equal(expected.GetRawText(), JsonSerializer.Serialize(await ApiSilo.ReadAsync(yaml, HttpStatusCode.OK), RunJson.Indented));
        var plan = await ApiSilo.ReadAsync(json, HttpStatusCode.OK);
        Assert.Equal(expected.GetProperty("spec").GetRawText(), JsonSerializer.Serialize(plan.GetProperty("spec"), RunJson.Indented).Replace("\n", "\n  ", StringComparison.Ordinal));
        Assert.Equal(expected.GetProperty("phases")[0].GetProperty("maskHash").GetString(), plan.GetProperty("phases")[0].GetProperty("maskHash").GetString());
        Assert.Contains("batchSize", plan.GetProperty("phases")[0].GetProperty("warnings")[0].GetString(), StringComparison.Ordinal); // as who asks has called it
        Assert.Equal(0, (await silo.GetAsync("runs")).GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("application/json", "data.imageSize", """{ "data": { "path": ".", "imageSize": 8 }, "output": "x", "phases": [{ "unfreezeLayers": 10 }] }""")]
    [InlineData("application/yaml", "data.image_size", "data: { path: ., image_size: 8 }\noutput: x\nphases: [{ unfreeze_layers: 10 }]")]
    [InlineData("application/json", "data.path", """{ "data": { "path": "../.." }, "output": "x", "phases": [{ "unfreezeLayers": 10 }] }""")]
    public async Task AWrongRun_IsRefusedByItsField(string type, string field, string body)
    {
        using var refused = await PlanAsync(body, type);

        var problem = await ApiSilo.ProblemAsync(refused, HttpStatusCode.BadRequest);
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    private Task<HttpResponseMessage> PlanAsync(string body, string type = "application/json") =>
        silo.Http.PostAsync("/api/v1/plans", new StringContent(body, Encoding.UTF8, type), TestContext.Current.CancellationToken);
}
