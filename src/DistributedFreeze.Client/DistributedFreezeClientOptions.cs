using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Client;

/// <summary>How a client finds its cluster; a section of a configuration can be bound to it.</summary>
public sealed record DistributedFreezeClientOptions
{
    private const string DefaultGateway = "127.0.0.1:30000";

    /// <summary>Gateways of silos, <c>HOST:PORT</c> each; one that answers is enough. Default: none, which is <c>127.0.0.1:30000</c>.</summary>
    public IList<string> Gateways { get; set; } = []; // empty, since what is bound to it is added to it

    /// <summary>The cluster's id; a gateway of another cluster refuses the client. Default: <c>dfreeze</c>.</summary>
    public string ClusterId { get; set; } = "dfreeze";

    /// <summary>The service's id. Default: <c>dfreeze</c>.</summary>
    public string ServiceId { get; set; } = "dfreeze";

    /// <summary>The client's certificate for gateways that speak TLS; these accept any certificate of their authorities. Default: no TLS.</summary>
    public ClientTlsOptions Tls { get; set; } = new();

    /// <summary>How long connecting may take, above 0. Default: 10 s.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The gateways, or the one that is taken where none is given.</summary>
    internal IReadOnlyList<string> GatewaysOrDefault => Gateways is { Count: > 0 } ? [.. Gateways] : [DefaultGateway];

    /// <summary>Checks the options, without connecting.</summary>
    /// <exception cref="InvalidInputException">
    /// A gateway is not written as <c>HOST:PORT</c>, a value is empty or out of its range, or a file of <see cref="Tls"/> is missing or wrong.
    /// </exception>
    public void Validate()
    {
        Parse();
        Tls.Read()?.Dispose();
    }

    /// <summary>Every gateway as host and port.</summary>
    /// <exception cref="InvalidInputException">A gateway is not written as <c>HOST:PORT</c>, or a value is empty or out of its range.</exception>
    internal ImmutableArray<DnsEndPoint> Parse()
    {
        if (string.IsNullOrWhiteSpace(ClusterId) || string.IsNullOrWhiteSpace(ServiceId))
        {
            throw new InvalidInputException("cluster id", "must not be empty");
        }

        return ConnectTimeout > TimeSpan.Zero
            ? [.. GatewaysOrDefault.Select(Parse)]
            : throw new InvalidInputException("connect timeout", "must be above 0");
    }

    private static DnsEndPoint Parse(string gateway)
    {
        var colon = gateway.LastIndexOf(':');
        return colon > 0
            && ushort.TryParse(gateway[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0
            && Uri.CheckHostName(gateway[..colon].Trim('[', ']')) != UriHostNameType.Unknown
                ? new(gateway[..colon].Trim('[', ']'), port)
                : throw new InvalidInputException("cluster", $"must be HOST:PORT, got '{gateway}'");
    }
}
