using System.Net;
using DistributedFreeze.Silo.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Client.Tests.Http;

/// <summary>Metrics on a port of their own.</summary>
public sealed class MetricsPortTests
{
    [Fact]
    [Slow(seconds: 3)]
    public async Task MetricsOfAPortOfTheirOwn_AreNowhereElse_AndNothingElseIsThere()
    {
        using var free = new FreePort(IPAddress.Loopback);
        var port = free.Number;
        free.Dispose();
        await using var silo = await SiloProcess.StartAsync($"MetricsPort={port}", "CpuSlots=1", "ExchangePort=0");
        using var http = new HttpClient { BaseAddress = silo.Http };
        using var metrics = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };

        Assert.Contains("distributed_freeze_devices", await metrics.GetStringAsync("/metrics", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var path in (string[])["/healthz", "/readyz", "/api/v1/runs", "/api/v1/openapi.json", "/metrics/../api/v1/runs", "/"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync(metrics, path));
        }

        foreach (var path in (string[])["/metrics", "/Metrics", "/metrics/"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await AskAsync(http, path));
        }

        foreach (var path in (string[])["/healthz", "/readyz", "/api/v1/runs"])
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(http, path));
        }
    }

    [Theory]
    [InlineData("--urls=http://127.0.0.1:8080", "http://127.0.0.1:8080;http://127.0.0.1:9464")]
    [InlineData("--urls=http://+:8080;https://127.0.0.1:8443", "http://+:8080;https://127.0.0.1:8443;http://*:9464")]
    [InlineData("--urls=http://10.0.0.5:8080;https://10.0.0.5:8443;http://[fd00::1]:8080", "http://10.0.0.5:8080;https://10.0.0.5:8443;http://[fd00::1]:8080;http://10.0.0.5:9464;http://[fd00::1]:9464")]
    [InlineData("--urls=http://10.0.0.5:8080;http://silo:8081", "http://10.0.0.5:8080;http://silo:8081;http://*:9464")]
    [InlineData("--http_ports=8080", "http://*:8080;http://*:9464")]
    [InlineData("--AnotherSetting=1", "http://localhost:5000;http://127.0.0.1:9464")]
    public async Task ItIsReachedFromWhereHttpIs(string setting, string expected)
    {
        await using var silo = Build(setting);

        Assert.Equal(expected, silo.Configuration["urls"]);
    }

    [Fact]
    public async Task WhereTheWebServersOwnSettingsNameEndpoints_ItIsOneOfThem()
    {
        await using var silo = Build("--Kestrel:Endpoints:Here:Url=http://127.0.0.1:0");

        var server = silo.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        Assert.Equal(
            [("Here", "http://127.0.0.1:0"), ("Metrics", "http://127.0.0.1:9464")],
            server.ConfigurationLoader!.Configuration.GetSection("Endpoints").GetChildren().Select(one => (one.Key, one["Url"]!)));
    }

    [Fact]
    public void APortThatIsTakenAlready_IsRefusedByName() => Assert.Contains(
        "DistributedFreeze:MetricsPort must differ from DistributedFreeze:SiloPort, DistributedFreeze:GatewayPort and DistributedFreeze:ExchangePort, got 30000",
        Assert.Throws<OptionsValidationException>(() => SiloHost.Build(["--DistributedFreeze:MetricsPort=30000"])).Failures);

    [Theory]
    [InlineData("--urls=http://127.0.0.1:8080;http://127.0.0.1:9464", "DistributedFreeze:MetricsPort must differ from the ports of HTTP, got 9464, which http://127.0.0.1:9464 has")]
    [InlineData(
        "--Kestrel:Endpoints:metrics:Url=http://127.0.0.1:8080",
        "Kestrel:Endpoints:metrics must have another name, which does not begin with Metrics: so those of DistributedFreeze:MetricsPort are called")]
    public void WhatStandsInItsWay_IsRefusedByName(string setting, string expected) =>
        Assert.Equal([expected], Assert.Throws<OptionsValidationException>(() => Build(setting)).Failures);

    [Fact]
    public async Task OfEndpointsAtSeveralAddresses_EachHasIt()
    {
        await using var silo = Build("--Kestrel:Endpoints:Here:Url=http://127.0.0.1:8080", "--Kestrel:Endpoints:There:Url=http://10.0.0.5:8080");

        Assert.Equal(
            ("http://127.0.0.1:9464", "http://10.0.0.5:9464"),
            (silo.Configuration["Kestrel:Endpoints:Metrics:Url"], silo.Configuration["Kestrel:Endpoints:Metrics2:Url"]));
    }

    private static WebApplication Build(params string[] settings) => SiloHost.Build(
        [.. settings, "--DistributedFreeze:MetricsPort=9464", "--DistributedFreeze:CpuSlots=1", $"--DistributedFreeze:Api:Keys:0={new string('k', 20)}",
            $"--DistributedFreeze:DataRoots:0={Path.GetTempPath()}", $"--DistributedFreeze:OutputRoots:0={Path.GetTempPath()}"]);

    private static async Task<HttpStatusCode> AskAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
