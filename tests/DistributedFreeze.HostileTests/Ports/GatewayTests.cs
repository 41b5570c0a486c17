using System.Net;
using DistributedFreeze.Grains;
using DistributedFreeze.Hostile.Silos;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace DistributedFreeze.Hostile.Ports;

/// <summary>A client of the gateway may call what clients are for, and no grain by which silos talk to one another.</summary>
[Slow]
public sealed class GatewayTests(HostileSilo silo) : IClassFixture<HostileSilo>, IAsyncLifetime
{
    private IHost _client = null!;

    private IGrainFactory Grains => _client.Services.GetRequiredService<IGrainFactory>();

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(IPEndPoint.Parse(silo.Gateway));
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("dfreeze", "dfreeze"));
        });
        _client = builder.Build();
        await _client.StartAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WhatClientsAreFor_IsAllowed()
    {
        await Grains.GetGrain<ICatalogueGrain>(0).ListAsync(0, 10);
        await Grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync();
        await Grains.GetGrain<ISchedulerGrain>(0).ListQueueAsync();
        var run = Grains.GetGrain<IRunGrain>("from-the-gateway");
        await run.StartAsync(new(HostileSilo.Endless("from-the-gateway"), Resume: false));
        Assert.StartsWith("allowed", await silo.SaysAsync("of the gateway: submit of run from-the-gateway"), StringComparison.Ordinal);
        await run.CancelAsync();
        await silo.EndAsync("from-the-gateway");

        Assert.Null((await run.GetStatusAsync()).Owner);
    }

    [Fact]
    public async Task AReplica_ReadsAndWritesNothing()
    {
        await File.WriteAllTextAsync(silo.In("outside/model.safetensors"), "of the machine", TestContext.Current.CancellationToken);
        var device = Assert.Single(await Grains.GetGrain<ISchedulerGrain>(0).ListDevicesAsync()).Device.Id;
        var replica = Grains.GetGrain<IReplicaGrain>(device);
        var spec = HostileSilo.Spec("x") with { Data = new() { Path = silo.In("outside") } };

        await RefusedAsync(() => replica.PrepareAsync(new() { RunId = "x", Spec = spec }), "PrepareAsync");
        await RefusedAsync(() => replica.SaveModelAsync(silo.In("outside/model.safetensors")), "SaveModelAsync");
        await RefusedAsync(() => replica.SaveCheckpointAsync(new(silo.In("outside/model.safetensors"), "{}")), "SaveCheckpointAsync");
        await RefusedAsync(() => replica.BroadcastStateAsync(new(new(), Root: 0)), "BroadcastStateAsync");
        await RefusedAsync(() => replica.LoadCheckpointAsync(silo.In("outside/model.safetensors")), "LoadCheckpointAsync");
        await RefusedAsync(replica.ReleaseAsync, "ReleaseAsync");
        await RefusedAsync(() => replica.BreakAsync(int.MaxValue), "BreakAsync");
        await RefusedAsync(() => replica.AdviseAsync(new("x", new() { Spec = spec })), "AdviseAsync");
        await RefusedAsync(() => replica.ReadAdviceAsync("x", 0), "ReadAdviceAsync");
        await RefusedAsync(() => replica.StopAdviceAsync("x"), "StopAdviceAsync");
        await RefusedAsync(() => Grains.GetGrain<IAdviceGrain>("x").TurnAsync(), "TurnAsync");
        Assert.Equal("of the machine", await File.ReadAllTextAsync(silo.In("outside/model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task CatalogueSchedulerAndOutputs_TakeNothing()
    {
        var (catalogue, scheduler, output) = (Grains.GetGrain<ICatalogueGrain>(0), Grains.GetGrain<ISchedulerGrain>(0), Grains.GetGrain<IOutputGrain>(silo.In("outputs/x")));

        await RefusedAsync(() => catalogue.AddAsync("no-run"), "AddAsync");
        await RefusedAsync(() => catalogue.EnterAsync("no-run", new()), "EnterAsync");
        await RefusedAsync(() => catalogue.RemoveAsync("a-run"), "RemoveAsync");
        await RefusedAsync(() => catalogue.MarkAsync("a-run", unfinished: false), "MarkAsync");
        await RefusedAsync(() => scheduler.ReportAsync(new() { Silo = "127.0.0.1:1@1", Devices = [] }), "ReportAsync");
        await RefusedAsync(() => scheduler.ClaimAsync(new() { RunId = "x", Least = 1, Most = 1, SubmittedAt = default }, known: null), "ClaimAsync");
        await RefusedAsync(() => scheduler.ReleaseAsync("a-run"), "ReleaseAsync");
        await RefusedAsync(() => output.ClaimAsync("x"), "ClaimAsync");
        await RefusedAsync(() => output.ReleaseAsync("x"), "ReleaseAsync");
        await RefusedAsync(() => Grains.GetGrain<IRunGrain>("x").KeepGoingAsync(), "KeepGoingAsync");
        Assert.DoesNotContain("no-run", await catalogue.ListAsync(0, 100));
    }

    [Fact]
    public async Task NobodySubmitsInAnothersName()
    {
        var (run, forged) = (Grains.GetGrain<IRunGrain>("forged"), new RunSubmission(HostileSilo.Spec("forged"), Resume: false) { Owner = new RunOwner { Name = "alice" } });

        await RefusedAsync(() => run.StartAsync(forged), "in the name of an owner");
        await RefusedAsync(() => run.StartUntilAsync(forged, 1), "in the name of an owner");
    }

    [Fact]
    public async Task OrleansOwnManagement_IsNotTheirs()
    {
        var management = Grains.GetGrain<IManagementGrain>(0);

        await RefusedAsync(() => management.GetHosts(), "GetHosts");
        await RefusedAsync(() => management.ForceActivationCollection(TimeSpan.Zero), "ForceActivationCollection");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync();
        _client.Dispose();
    }

    private static async Task RefusedAsync(Func<Task> call, string what) =>
        Assert.Contains(what, (await Assert.ThrowsAsync<UnauthorizedAccessException>(call)).Message, StringComparison.Ordinal);
}
