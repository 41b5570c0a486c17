using System.Net;
using System.Net.Sockets;
using DistributedFreeze.Client.Security;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Grains;
using DistributedFreeze.Grains.Coordination;
using DistributedFreeze.Grains.Devices;
using DistributedFreeze.Grains.Hosting;
using DistributedFreeze.Grains.Stores;
using DistributedFreeze.Security;
using DistributedFreeze.Silo.Gateway;
using DistributedFreeze.Silo.PostgreSql;
using DistributedFreeze.Silo.Stores;
using DistributedFreeze.Training.Advice;
using DistributedFreeze.Training.Replicas;
using Orleans.Configuration;
using Orleans.Dashboard;
using Orleans.Persistence;
using Orleans.Serialization;
using Orleans.Storage;
using StackExchange.Redis;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What every silo of this program has in common.</summary>
public static class SiloSetup
{
    /// <summary>Threads that the pool has ready: a starved pool answers no ping, and a silo that answers none is declared dead.</summary>
    private const int MinimumPoolThreads = 16;

    /// <summary>Whoever embeds a silo says by the run's replicas how many there are.</summary>
    private const int EmbeddedSlots = 64;

    /// <summary>A cluster of one, on free loopback ports, that keeps its state in memory.</summary>
    /// <param name="silo">The silo.</param>
    public static ISiloBuilder UseLocalCluster(this ISiloBuilder silo)
    {
        silo.UseCluster(new() { SiloPort = 0, GatewayPort = 0, ExchangePort = 0 });

        // Its memory is all the run's, which says itself how much of that keeps features, and on what kind of device it is.
        silo.Services.AddSingleton(new DeviceOptions
        {
            CpuSlots = EmbeddedSlots,
            FeatureMemoryBytes = long.MaxValue,
            FeaturesAreRuns = true,
        });
        return silo;
    }

    /// <summary>A member of the cluster that the options name.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="options">Valid options.</param>
    public static ISiloBuilder UseCluster(this ISiloBuilder silo, SiloOptions options)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinimumPoolThreads), Math.Max(completions, MinimumPoolThreads));
        var address = options.AdvertisedAddress is { } advertised ? IPAddress.Parse(advertised) : IPAddress.Loopback;

        // Both are held until both are found, or they could be the same one.
        using var first = options.SiloPort == 0 ? new FreePort(address) : null;
        using var second = options.GatewayPort == 0 ? new FreePort(address) : null;
        var siloPort = first?.Number ?? options.SiloPort;
        var gatewayPort = second?.Number ?? options.GatewayPort;
        silo.ConfigureEndpoints(address, siloPort, gatewayPort);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.SiloListeningEndpoint = new(ListenOn(address), siloPort);
            endpoints.GatewayListeningEndpoint = new(ListenOn(address), gatewayPort);
        });
        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = options.ClusterId;
            cluster.ServiceId = options.ServiceId;
        });
        silo.Configure<Orleans.Configuration.SiloOptions>(named => named.SiloName = Whereabouts.NameOf(Environment.MachineName, siloPort));
        silo.Configure<ClusterMembershipOptions>(membership => Detect(membership, options));
        if (options.Clustering == ClusteringKind.Redis)
        {
            UseRedis(silo, options.Redis!);
            CurrentMembership.Add(silo.Services);
            silo.Services.AddSingleton<IStoreProbe>(_ => new RedisProbe(options.Redis!));
        }
        else if (options.Clustering == ClusteringKind.AdoNet)
        {
            silo.UsePostgreSql(options.PostgreSql!, options.CreateSchema);
            CurrentMembership.Add(silo.Services);
            silo.Services.AddSingleton<IStoreProbe>(new PostgreSqlProbe(options.PostgreSql!));
        }
        else
        {
            silo.UseDevelopmentClustering(new IPEndPoint(address, siloPort));
            silo.AddRunMemory(GrainServices.StorageName);
            silo.UseInMemoryReminderService();
        }

        // Orleans would keep a dead silo's grains away for 30 s so that none lives twice. Ours may live twice: what a coordinator stores and orders is
        // refused once another one has taken over.
        silo.Configure<GrainDirectoryOptions>(directory => directory.RangeLeaseDuration = TimeSpan.Zero);
        silo.Services.AddSingleton<FailureDetector>();
        silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureSiloOutboundConnection(FailureDetector.WatchMade);
            connections.ConfigureSiloInboundConnection(FailureDetector.WatchTaken);
        });
        if (options.Tls.IsOn)
        {
            UseTls(silo, options.Tls.Read());
        }

        if (options.Dashboard)
        {
            silo.AddDashboard();
        }

        silo.AddIncomingGrainCallFilter<GatewayGuard>();
        silo.AddActivityPropagation(); // so that a trace goes on from the caller to the coordinator and to replicas
        UseExchange(silo.Services, options, address);
        silo.Services.AddSingleton(new CoordinationOptions { CheckpointInterval = TimeSpan.FromSeconds(options.CheckpointSeconds), MoveShards = options.MoveShards });
        silo.Services.AddSingleton<IComputeBackend, TorchBackend>();
        silo.Services.AddSingleton<IAdviceBackend, TorchAdviceBackend>();
        silo.Services.AddDistributedFreezeGrains();
#pragma warning disable ORLEANSEXP003 // With the older directory, a silo that dies takes activations on other silos with it: coordinators would move for nothing.
        return silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
    }

    /// <summary>Every address of the kind that others are told: a container may know itself by another one than they do.</summary>
    private static IPAddress ListenOn(IPAddress advertised) => advertised switch
    {
        _ when IPAddress.IsLoopback(advertised) => advertised,
        { AddressFamily: AddressFamily.InterNetworkV6 } => IPAddress.IPv6Any,
        _ => IPAddress.Any,
    };

    /// <summary>Where silos find one another, they exchange; a cluster of one has nobody to listen to.</summary>
    private static void UseExchange(IServiceCollection services, SiloOptions options, IPAddress address)
    {
        if (options.Clustering == ClusteringKind.Localhost)
        {
            services.AddSingleton(Devices(options, exchange: null));
            return;
        }

        services.AddSingleton(provider => ExchangePort.Start(
            ListenOn(address),
            options.ExchangePort,
            provider.GetRequiredService<ILogger<ExchangePort>>(),
            provider.GetService<RenewedCertificates>() is { } certificates
                ? new ExchangeTls(() => certificates.Current.ForServer(forSilos: true), () => certificates.Current.ForClient())
                : null));
        services.AddSingleton(provider => Devices(options, new IPEndPoint(address, provider.GetRequiredService<ExchangePort>().Port).ToString()));
    }

    private static DeviceOptions Devices(SiloOptions options, string? exchange) => new()
    {
        CpuSlots = options.CpuSlots,
        ExchangeAddress = exchange,
        RunMemoryBytes = SiloOptions.Bytes(options.RunMemory),
        FeatureMemoryBytes = SiloOptions.Bytes(options.FeatureMemory),
    };

    private static void Detect(ClusterMembershipOptions membership, SiloOptions options)
    {
        // Without the second limit, probes that fail wait longer and longer, and a silo that hangs is found four times as late.
        membership.ProbeTimeout = TimeSpan.FromSeconds(options.ProbeSeconds);
        membership.MaxProbeTimeout = membership.ProbeTimeout;

        // Whoever has given no sign of life for three times as long neither counts among those whose votes are needed nor keeps out the silo
        // that takes its place: the only one that is left of three goes on by its own vote.
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(1);

        // An indirect probe goes through a silo that may be as dead as the one it asks for, and then says nothing.
        membership.EnableIndirectProbes = false;

        // For what gossip has not brought; silos whose clocks differ too much get none.
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5);
        membership.NumMissedProbesLimit = options.MissedProbes;
        membership.NumVotesForDeathDeclaration = options.Votes;
    }

    private static void UseTls(ISiloBuilder silo, ClusterCertificates certificates)
    {
        silo.Services.AddSingleton(provider => new RenewedCertificates(
            certificates, provider.GetRequiredService<ILogger<RenewedCertificates>>(), provider.GetRequiredService<TimeProvider>()));
        silo.Services.AddHostedService<CertificateMetrics>();
        silo.Configure<SiloConnectionOptions>(connections =>
        {
            connections.ConfigureSiloInboundConnection(ClusterTls.AsServerForSilos);
            connections.ConfigureSiloOutboundConnection(ClusterTls.AsClient);
            connections.ConfigureGatewayInboundConnection(ClusterTls.AsServer);
        });
    }

    private static void UseRedis(ISiloBuilder silo, string connection)
    {
        silo.UseRedisReminderService(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(connection));
        silo.UseRedisClustering(redis => redis.ConfigurationOptions = ConfigurationOptions.Parse(connection));

        // Orleans's own serializer and not JSON: what is stored grows by the same rules as the wire.
        silo.AddRedisGrainStorage(GrainServices.StorageName, (Microsoft.Extensions.Options.OptionsBuilder<RedisStorageOptions> storage) =>
            storage.Configure<Serializer>((redis, serializer) =>
            {
                redis.ConfigurationOptions = ConfigurationOptions.Parse(connection);
                redis.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));
    }
}
