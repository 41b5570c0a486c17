using System.Net;
using DistributedFreeze.Hostile.Silos;

namespace DistributedFreeze.Hostile.Owners;

/// <summary>Each change leaves a line that says who asked for what, of which run, from where, and whether it was allowed.</summary>
[Slow]
public sealed class AuditTests(HostileSilo silo) : IClassFixture<HostileSilo>
{
    [Fact]
    public async Task EveryChange_LeavesALine_AllowedOrNot()
    {
        var runId = await HostileSilo.StartAsync(silo.Alice, HostileSilo.Endless("audited"), "?id=audited-run");
        Assert.Contains("alice (submitter; no token) from 127.0.0.1: submit of run audited-run allowed (201)", await LineAsync(), StringComparison.Ordinal);

        using var refused = await HostileSilo.OrderAsync(silo.Bob, runId, "cancel");
        Assert.Contains("bob (submitter; no token) from 127.0.0.1: cancel of run audited-run refused (403)", await LineAsync(), StringComparison.Ordinal);

        using var stranger = new HttpClient { BaseAddress = silo.Alice.BaseAddress };
        using var unknown = await HostileSilo.OrderAsync(stranger, runId, "pause");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
        Assert.Contains("a stranger (no role; no token) from 127.0.0.1: pause of run audited-run refused (401)", await LineAsync(), StringComparison.Ordinal);

        using var forged = await HostileSilo.OrderAsync(silo.Bob, "x%0Ainfo: forged", "cancel");
        Assert.Contains(@"cancel of run x\u000ainfo: forged refused (404)", await LineAsync(), StringComparison.Ordinal);

        await silo.CancelAsync(runId);
        Assert.Contains("ruth (admin; no token) from 127.0.0.1: cancel of run audited-run allowed (202)", await LineAsync(), StringComparison.Ordinal);
        using var deleted = await silo.Alice.DeleteAsync($"/api/v1/runs/{runId}", TestContext.Current.CancellationToken);
        Assert.Contains("delete of run audited-run allowed (204)", await LineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASiloThatAsksNobody_HasRunsOfNobody()
    {
        await using var open = await SiloProcess.StartAsync($"DataRoots:0={silo.In("data")}", $"OutputRoots:0={silo.In("outputs")}", "CpuSlots=1");
        using var anyone = new HttpClient { BaseAddress = open.Http };

        var runId = await HostileSilo.StartAsync(anyone, HostileSilo.Endless("of-nobody"), "?id=of-nobody");

        Assert.Contains("nobody in particular (admin; no token) from 127.0.0.1: submit of run of-nobody allowed (201)", await open.SaysAsync("DistributedFreeze.Audit"), StringComparison.Ordinal);
        Assert.Null((await HostileSilo.GetAsync(anyone, $"runs/{runId}")).GetProperty("owner").GetString());
        using var cancelled = await HostileSilo.OrderAsync(anyone, runId, "cancel");
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
    }

    private Task<string> LineAsync() => silo.SaysAsync("DistributedFreeze.Audit");
}
