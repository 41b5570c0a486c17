using System.Net;

namespace DistributedFreeze.Silo.Hosting;

/// <summary>What a silo must have before it listens where others reach it.</summary>
internal static class Exposure
{
    private const string Section = SiloOptions.Section;

    /// <summary>What is missing, a sentence each.</summary>
    public static IEnumerable<string> Of(SiloOptions options, IConfiguration configuration)
    {
        var http = options.Api.Enabled || options.Dashboard ? BoundUrls(configuration).FirstOrDefault(url => !IsLoopback(url)) : null;
        if (http is not null && !options.Api.AsksWho)
        {
            yield return $"{Section}:Api:Keys or {Section}:Api:Authority must be set, since others reach {http}: give a key, listen on "
                + $"loopback only (urls=http://127.0.0.1:8080), or set {Section}:Api:Enabled and {Section}:Dashboard to false";
        }

        var reachable = Gateway(options) ?? (options.Api.Enabled ? http : null);
        if (reachable is not null && (options.DataRoots.Length == 0 || options.OutputRoots.Length == 0))
        {
            yield return $"{Section}:DataRoots and {Section}:OutputRoots must be set, since others reach {reachable}: without them a run reads "
                + "and writes wherever this process may";
        }
    }

    /// <summary>Whether requests must name this machine: nobody is asked who they are, and what is behind the names is more than metrics that others are meant to reach.</summary>
    public static bool WantsOurNames(SiloOptions options, IConfiguration configuration) =>
        !options.Api.AsksWho && (options.Api.Enabled || options.Dashboard || BoundUrls(configuration).All(IsLoopback));

    /// <summary>Every URL that the web server may listen on, by the host's own settings.</summary>
    internal static IEnumerable<string> BoundUrls(IConfiguration configuration)
    {
        var named = Split(configuration["urls"]).ToList();
        if (named.Count == 0)
        {
            named.AddRange(Split(configuration["http_ports"]).Select(port => $"http://*:{port}"));
            named.AddRange(Split(configuration["https_ports"]).Select(port => $"https://*:{port}"));
        }

        return named.Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>());
    }

    /// <summary>The gateway where others reach it: beyond loopback it listens on all addresses. Null where they do not, or the address is not one to reach.</summary>
    private static string? Gateway(SiloOptions options) =>
        IPAddress.TryParse(options.AdvertisedAddress, out var address)
            && !(IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            ? $"the gateway at {new IPEndPoint(address, options.GatewayPort)}"
            : null;

    /// <summary>Whether only this machine reaches what listens at a URL.</summary>
    internal static bool IsLoopback(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return false; // the web server says what is wrong with it
        }

        return address.IsUnixPipe
            || address.IsNamedPipe
            || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }

    private static string[] Split(string? list) =>
        list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
