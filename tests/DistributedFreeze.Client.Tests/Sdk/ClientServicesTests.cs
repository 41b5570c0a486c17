using System.Collections.Immutable;
using System.Reflection;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace DistributedFreeze.Client.Tests.Sdk;

/// <summary>The client in a host of a program's own.</summary>
public sealed class ClientServicesTests
{
    private static readonly IConfiguration Section = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Cluster:Gateways:0"] = "one:30000",
        ["Cluster:Gateways:1"] = "two:30001",
        ["Cluster:ClusterId"] = "lab",
        ["Cluster:ConnectTimeout"] = "00:00:03",
        ["Cluster:Tls:CaPath"] = "ca.crt",
    }).Build().GetSection("Cluster");

    [Fact]
    public void Options_AreBoundToASection()
    {
        var options = Section.Get<DistributedFreezeClientOptions>()!;

        Assert.Equal(["one:30000", "two:30001"], options.Gateways);
        Assert.Equal(("lab", "dfreeze", TimeSpan.FromSeconds(3), "ca.crt"), (options.ClusterId, options.ServiceId, options.ConnectTimeout, options.Tls.CaPath));
        Assert.Equal("127.0.0.1:30000", Assert.Single(new DistributedFreezeClientOptions().GatewaysOrDefault));
    }

    [Fact]
    public async Task TheClient_IsThereUnderItsNameAndItsInterface()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddDistributedFreezeClient(options => options.Gateways.Add("lab:30000"));
        using var host = builder.Build();

        Assert.Same(host.Services.GetRequiredService<DistributedFreezeClient>(), host.Services.GetRequiredService<IDistributedFreezeClient>());
        await Assert.ThrowsAsync<ArgumentNullException>("spec", () => host.Services.GetRequiredService<IDistributedFreezeClient>().SubmitAsync(null!, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void WrongOptions_AreRefusedByName()
    {
        var services = new ServiceCollection();

        Assert.Equal("cluster", Assert.Throws<InvalidInputException>(() => services.AddDistributedFreezeClient(options => options.Gateways.Add("lab"))).Problems[0].Field);
        Assert.Throws<ArgumentNullException>("options", () => services.AddDistributedFreezeClient((DistributedFreezeClientOptions)null!));
        Assert.Throws<ArgumentNullException>("configure", () => services.AddDistributedFreezeClient((Action<DistributedFreezeClientOptions>)null!));
    }

    [Theory]
    [InlineData(true, HealthStatus.Healthy, "the cluster answers, with 1 devices")]
    [InlineData(false, HealthStatus.Unhealthy, "No cluster answers.")]
    public async Task TheHealthCheck_AsksTheCluster(bool answers, HealthStatus status, string says)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddDistributedFreeze(tags: ["ready"]);
        var client = DispatchProxy.Create<IDistributedFreezeClient, StandIn>();
        ((StandIn)(object)client).Answers = answers;
        services.AddSingleton(client);
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"), TestContext.Current.CancellationToken);

        Assert.Equal((status, says), (report.Entries["distributed-freeze"].Status, report.Entries["distributed-freeze"].Description));
    }

    /// <summary>A cluster that a program's tests play.</summary>
    public class StandIn : DispatchProxy
    {
        public bool Answers { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod!.Name, Answers) switch
        {
            (nameof(IDistributedFreezeClient.ListDevicesAsync), true) => Task.FromResult<ImmutableArray<DeviceStatus>>([new() { Device = new() { Id = "a/cpu:0", Model = "cpu", Host = "a" }, State = DeviceState.Free }]),
            (nameof(IDistributedFreezeClient.ListDevicesAsync), false) =>
                Task.FromException<ImmutableArray<DeviceStatus>>(new ClusterUnavailableException("No cluster answers.", new TimeoutException())),
            var (other, _) => throw new NotSupportedException(other),
        };
    }
}
