using System.Net;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>A port for <c>/metrics</c> alone, where the settings name one: whoever reads metrics need not reach the API, and the other way round.</summary>
internal static class MetricsPort
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <summary>Where the web server listens if nobody says so.</summary>
    private const string Default = "http://localhost:5000";

    private const string Name = "Metrics";

    /// <summary>What stands in its way, a sentence each.</summary>
    public static IEnumerable<string> Problems(SiloOptions options, IConfiguration configuration)
    {
        if (options.MetricsPort is not { } port)
        {
            yield break;
        }

        foreach (var url in Exposure.BoundUrls(configuration).DefaultIfEmpty(Default).Where(url => AddressOf(url) is { } address && HasPort(address) && address.Port == port))
        {
            yield return $"{SiloOptions.Section}:{nameof(SiloOptions.MetricsPort)} must differ from the ports of HTTP, got {port}, which {url} has";
        }

        foreach (var taken in configuration.GetSection(Endpoints).GetChildren().Where(endpoint => endpoint.Key.StartsWith(Name, StringComparison.OrdinalIgnoreCase)))
        {
            yield return $"{Endpoints}:{taken.Key} must have another name, which does not begin with {Name}: so those of {SiloOptions.Section}:{nameof(SiloOptions.MetricsPort)} are called";
        }
    }

    /// <summary>Listens there too, on the addresses where HTTP is reached. Before <see cref="FixedEndpoints"/>.</summary>
    public static void AddMetricsPort(this WebApplicationBuilder builder, SiloOptions options)
    {
        if (options.MetricsPort is not { } port)
        {
            return;
        }

        var urls = Exposure.BoundUrls(builder.Configuration).ToList();
        var metrics = Hosts(urls).Select(host => $"http://{host}:{port}").ToList();
        if (builder.Configuration.GetSection(Endpoints).GetChildren().Any())
        {
            foreach (var (i, url) in metrics.Index())
            {
                builder.Configuration[$"{Endpoints}:{Name}{(i == 0 ? "" : i + 1)}:Url"] = url; // where there are some, the web server listens at no other
            }
        }
        else
        {
            builder.WebHost.UseUrls([.. urls.DefaultIfEmpty(Default), .. metrics]);
        }
    }

    /// <summary>The addresses of URLs; one stands for all where there is one that does.</summary>
    private static List<string> Hosts(List<string> urls)
    {
        if (urls.All(Exposure.IsLoopback))
        {
            return ["127.0.0.1"];
        }

        var hosts = urls.Select(AddressOf).OfType<BindingAddress>().Where(HasPort).Select(address => address.Host).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return hosts.Exists(IsEveryAddress) ? ["*"] : hosts;
    }

    /// <summary>The web server takes a name that is no address for all of them.</summary>
    private static bool IsEveryAddress(string host) => !host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        && (!IPAddress.TryParse(host.Trim('[', ']'), out var ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any));

    private static bool HasPort(BindingAddress address) => !address.IsUnixPipe && !address.IsNamedPipe;

    private static BindingAddress? AddressOf(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return null; // the web server says what is wrong with it
        }
    }

    /// <summary>Answers <c>/metrics</c> on that port alone, and nothing else there. Before everything that answers.</summary>
    public static void KeepMetricsApart(this IApplicationBuilder app, SiloOptions options)
    {
        if (options.MetricsPort is { } port)
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase) == (context.Connection.LocalPort == port))
                {
                    return next(context);
                }

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        }
    }
}
