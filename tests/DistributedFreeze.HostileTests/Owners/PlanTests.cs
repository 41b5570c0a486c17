using System.Net;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Hostile.Silos;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Hostile.Owners;

/// <summary>A plan tells of files: it goes where a run of the same caller may go, and no further.</summary>
[Slow]
public sealed class PlanTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Fact]
    public async Task APlan_StaysWithinTheCallersFolders_AndIsForSubmitters()
    {
        using var own = await PlanAsync(silo.Bound, "images");
        var elsewhere = await HostileSilo.RefusalAsync(PlanAsync(silo.Bound, silo.In("data/images")), HttpStatusCode.BadRequest);
        var viewer = await HostileSilo.RefusalAsync(PlanAsync(silo.Viewer, "images"), HttpStatusCode.Forbidden);

        var plan = await HostileSilo.ReadAsync(own, HttpStatusCode.OK);
        Assert.Equal(silo.In("data/team-a/images"), plan.GetProperty("spec").GetProperty("data").GetProperty("path").GetString());
        Assert.Contains("data.path", elsewhere, StringComparison.Ordinal);
        Assert.StartsWith("You are vera (viewer)", viewer, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PlanAsync(HttpClient who, string data)
    {
        var spec = HostileSilo.Spec("planned");
        var body = JsonSerializer.Serialize(spec with { Data = spec.Data with { Path = data } }, RunJson.Indented);
        return who.PostAsync("/api/v1/plans", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
    }
}
