using System.ComponentModel.DataAnnotations;
using System.Net;
using DistributedFreeze.Silo.Http;
using DistributedFreeze.Specs;
using DistributedFreeze.Training.Native;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>How silos find one another.</summary>
public enum ClusteringKind
{
    /// <summary>A cluster of one silo, which keeps its state in memory.</summary>
    Localhost = 0,

    /// <summary>Membership and state in Redis.</summary>
    Redis = 1,

    /// <summary>Membership and state in PostgreSQL.</summary>
    AdoNet = 2,
}

/// <summary>Settings of a silo; section <c>DistributedFreeze</c> of appsettings.json, the environment and the command line.</summary>
public sealed record SiloOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "DistributedFreeze";

    /// <summary>How silos find one another. Default: localhost.</summary>
    [EnumDataType(typeof(ClusteringKind))]
    public ClusteringKind Clustering { get; init; }

    /// <summary>Connection string of Redis, such as <c>redis:6379</c>; needed by clustering redis, and by no other.</summary>
    public string? Redis { get; init; }

    /// <summary>
    /// Connection string of a PostgreSQL, such as <c>Host=db;Database=dfreeze;Username=dfreeze;Password=...</c>; needed by clustering adonet,
    /// and by no other.
    /// </summary>
    public string? PostgreSql { get; init; }

    /// <summary>Whether clustering adonet makes its tables where they are missing; false needs them made from Schema.sql. Default: true.</summary>
    public bool CreateSchema { get; init; } = true;

    /// <summary>Port for silos, 0 to 65,535; 0 takes a free one. Default: 11111.</summary>
    [Range(0, 65_535)]
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port for clients, 0 to 65,535; 0 takes a free one. Default: 30000.</summary>
    [Range(0, 65_535)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>
    /// IP address at which others reach this silo; null takes 127.0.0.1. Any other than a loopback address makes the silo listen on all of
    /// the host's, needs <see cref="DataRoots"/> and <see cref="OutputRoots"/>, and without <see cref="Tls"/> nobody who reaches its ports is
    /// asked who they are.
    /// </summary>
    public string? AdvertisedAddress { get; init; }

    /// <summary>The cluster's id, the same on all of its silos and clients. Default: dfreeze.</summary>
    [Required, StringLength(100)]
    public string ClusterId { get; init; } = "dfreeze";

    /// <summary>The service's id: stored state belongs to it. Default: dfreeze.</summary>
    [Required, StringLength(100)]
    public string ServiceId { get; init; } = "dfreeze";

    /// <summary>Full paths of folders under which data and weights must lie; none allows every path, on loopback.</summary>
    public string[] DataRoots { get; init; } = [];

    /// <summary>Full paths of folders under which output and cached features must lie; none allows every path, on loopback.</summary>
    public string[] OutputRoots { get; init; } = [];

    /// <summary>Slots of the processor, one replica each, 0 to 1,024; null takes one per processor where there is no GPU, else none.</summary>
    [Range(0, 1_024)]
    public int? CpuSlots { get; init; }

    /// <summary>
    /// Bytes of memory that the replicas of all runs may take together, such as <c>12G</c> (K, M, G and T are powers of 1,024); a run of which
    /// one replica needs more is refused, and others wait until there is room. Default: what features and 300 MiB for the program leave of the memory.
    /// </summary>
    public string? RunMemory { get; init; }

    /// <summary>Bytes of memory that cached features of all runs may take together, whatever they ask, such as <c>4G</c>. Default: a quarter of the memory.</summary>
    public string? FeatureMemory { get; init; }

    /// <summary>
    /// Full path of a libtorch to take instead of the program's own: an unpacked one, or <c>torch/lib</c> of a Python installation. Null leaves it to the
    /// environment variable <c>DFREEZE_LIBTORCH</c>, else takes the program's own.
    /// </summary>
    public string? LibTorchPath { get; init; }

    /// <summary>Port for the exchange of gradients between silos, 0 to 65,535; 0 takes a free one. Default: 11112.</summary>
    [Range(0, 65_535)]
    public int ExchangePort { get; init; } = 11112;

    /// <summary>
    /// Port for <c>/metrics</c> alone, 1 to 65,535, on the addresses where HTTP listens, whose own ports then do not answer it. Null answers it there.
    /// </summary>
    [Range(1, 65_535)]
    public int? MetricsPort { get; init; }

    /// <summary>Least seconds between two checkpoints of a run, 1 to 86,400; up to three times as many where writing is slow. Default: 60.</summary>
    [Range(1, 86_400)]
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Whether shards of a replica that is much slower than the others move to them; results stay the same. Default: true.</summary>
    public bool MoveShards { get; init; } = true;

    /// <summary>Seconds between two probes of a silo, and the longest wait for an answer, 0.1 to 60. Default: 1.</summary>
    [Range(0.1, 60)]
    public double ProbeSeconds { get; init; } = 1;

    /// <summary>Probes that a silo may miss before another votes it dead, 1 to 10. Default: 3.</summary>
    [Range(1, 10)]
    public int MissedProbes { get; init; } = 3;

    /// <summary>Votes that declare a silo dead, 1 to 10. Default: 2.</summary>
    [Range(1, 10)]
    public int Votes { get; init; } = 2;

    /// <summary>Seconds that runs have for their checkpoints when the silo is asked to end, 1 to 3,600. Default: 120.</summary>
    [Range(1, 3_600)]
    public int ShutdownSeconds { get; init; } = 120;

    /// <summary>Certificates for the ports of silos and clients. Default: none, and what travels there can be read and forged.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Who may use HTTP, and how much of it.</summary>
    [ValidateObjectMembers]
    public ApiOptions Api { get; init; } = new();

    /// <summary>Whether Orleans's dashboard is at <c>/dashboard</c>, for those whom the API lets in. Default: false.</summary>
    public bool Dashboard { get; init; }

    /// <summary>
    /// Where traces go by OTLP over gRPC, such as <c>http://collector:4317</c>; null sends none. OpenTelemetry's own environment
    /// variables, such as OTEL_EXPORTER_OTLP_HEADERS, say the rest.
    /// </summary>
    public string? Otlp { get; init; }

    /// <summary>Reads and validates the section, before anything starts.</summary>
    /// <param name="configuration">The host's configuration.</param>
    /// <exception cref="OptionsValidationException">A setting is unknown, of the wrong type or out of its range; it names each.</exception>
    public static SiloOptions Read(IConfiguration configuration)
    {
        SiloOptions options;
        try
        {
            options = configuration.GetSection(Section).Get<SiloOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
        }
        catch (InvalidOperationException wrong)
        {
            throw new OptionsValidationException(Section, typeof(SiloOptions), [$"{Section}: {wrong.Message}"]);
        }

        var result = new SiloOptionsValidator().Validate(Section, options);
        var failures = (result.Failures ?? []).Concat(options.Contradictions()).Concat(Exposure.Of(options, configuration)).Concat(Hosting.MetricsPort.Problems(options, configuration)).ToList();
        return failures.Count == 0 ? options : throw new OptionsValidationException(Section, typeof(SiloOptions), failures);
    }

    /// <summary>What no single setting's range can say.</summary>
    private IEnumerable<string> Contradictions()
    {
        if (Clustering == ClusteringKind.Redis && !IsRedis(Redis))
        {
            yield return $"{Section}:Redis must be the connection string of a Redis, such as redis:6379, for clustering redis";
        }

        if (Clustering != ClusteringKind.Redis && Redis is not null)
        {
            yield return $"{Section}:Redis is given, but {Section}:Clustering is {Clustering.ToString().ToLowerInvariant()}; say redis there";
        }

        if (Clustering == ClusteringKind.AdoNet && !IsPostgreSql(PostgreSql))
        {
            yield return $"{Section}:PostgreSql must be a connection string such as Host=db;Database=dfreeze;Username=dfreeze, for clustering adonet";
        }

        if (Clustering != ClusteringKind.AdoNet && PostgreSql is not null)
        {
            yield return $"{Section}:PostgreSql is given, but {Section}:Clustering is {Clustering.ToString().ToLowerInvariant()}; say adonet there";
        }

        if (AdvertisedAddress is not null && (!IPAddress.TryParse(AdvertisedAddress, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            yield return $"{Section}:AdvertisedAddress must be an IP address that others can reach, got '{AdvertisedAddress}'";
        }

        if (Otlp is not null && !(Uri.TryCreate(Otlp, UriKind.Absolute, out var collector) && collector.Scheme is "http" or "https"))
        {
            yield return $"{Section}:Otlp must be the URL of a collector, such as http://collector:4317, got '{Otlp}'";
        }

        if (SiloPort == GatewayPort && SiloPort != 0)
        {
            yield return $"{Section}:SiloPort and {Section}:GatewayPort must differ, both are {SiloPort}";
        }

        if (RunMemory is not null && Bytes(RunMemory) is not > 0)
        {
            yield return $"{Section}:RunMemory must be a number of bytes above 0, such as 12G, got '{RunMemory}'";
        }

        if (FeatureMemory is not null && Bytes(FeatureMemory) is not >= 0)
        {
            yield return $"{Section}:FeatureMemory must be a number of bytes, such as 4G, got '{FeatureMemory}'";
        }

        if (LibTorchPath is not null && (!Path.IsPathFullyQualified(LibTorchPath) || !Directory.Exists(LibTorchPath)))
        {
            yield return $"{Section}:LibTorchPath must name an existing folder by its full path, got '{LibTorchPath}'";
        }
        else if (LibTorchPath is not null && LibTorch.Problem(LibTorchPath, $"{Section}:LibTorchPath") is { } problem)
        {
            yield return problem;
        }

        var other = ExchangePort == SiloPort ? nameof(SiloPort) : ExchangePort == GatewayPort ? nameof(GatewayPort) : null;
        if (Clustering != ClusteringKind.Localhost && ExchangePort != 0 && other is not null)
        {
            yield return $"{Section}:ExchangePort and {Section}:{other} must differ, both are {ExchangePort}";
        }

        if (MetricsPort is { } metrics && (metrics == SiloPort || metrics == GatewayPort || metrics == ExchangePort))
        {
            yield return $"{Section}:MetricsPort must differ from {Section}:SiloPort, {Section}:GatewayPort and {Section}:ExchangePort, got {metrics}";
        }

        foreach (var wrong in Tls.Problems($"{Section}:{nameof(Tls)}").Concat(Api.Problems($"{Section}:{nameof(Api)}")))
        {
            yield return wrong;
        }

        foreach (var (name, caller) in Api.Callers)
        {
            if (caller.DataFolders.Length > 0 && DataRoots.Length == 0)
            {
                yield return $"{Section}:DataRoots must be set, since {Section}:Api:Callers:{name}:DataFolders are below them";
            }

            if (caller.OutputFolders.Length > 0 && OutputRoots.Length == 0)
            {
                yield return $"{Section}:OutputRoots must be set, since {Section}:Api:Callers:{name}:OutputFolders are below them";
            }
        }

        if (Api.FolderClaim is not null && (DataRoots.Length == 0 || OutputRoots.Length == 0))
        {
            yield return $"{Section}:DataRoots and {Section}:OutputRoots must be set, since the folders of {Section}:Api:FolderClaim are below them";
        }

        foreach (var (name, root) in DataRoots.Select(root => (nameof(DataRoots), root)).Concat(OutputRoots.Select(root => (nameof(OutputRoots), root))))
        {
            if (!Path.IsPathFullyQualified(root) || !Directory.Exists(root))
            {
                yield return $"{Section}:{name} must name existing folders by their full paths, got '{root}'";
            }
        }
    }

    /// <summary>A number of bytes as settings write it; null where the text is none, or there is no text.</summary>
    internal static long? Bytes(string? text) => text is not null && ByteSize.TryParse(text, out var bytes) ? bytes : null;

    private static bool IsPostgreSql(string? connection)
    {
        try
        {
            return connection is not null && new NpgsqlConnectionStringBuilder(connection).Host is { Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool IsRedis(string? connection)
    {
        try
        {
            return connection is not null && ConfigurationOptions.Parse(connection).EndPoints.Count > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}

[OptionsValidator]
internal sealed partial class SiloOptionsValidator : IValidateOptions<SiloOptions>;
