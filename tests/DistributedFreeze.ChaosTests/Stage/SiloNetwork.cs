using System.Globalization;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>A network of hosts, one a silo, whose links can be cut: namespaces on a bridge, which only root can make.</summary>
internal sealed class SiloNetwork : IDisposable
{
    /// <summary>What silos that are reached by others ask for.</summary>
    public const string ApiKey = "dfreeze-chaos-key-0123456789";

    private static int _networks;

    private readonly string _bridge;
    private readonly string _subnet;
    private readonly Dictionary<int, (string Namespace, string Address)> _hosts = [];
    private readonly Lock _lock = new();
    private int _last;

    private SiloNetwork(int number)
    {
        _bridge = string.Create(CultureInfo.InvariantCulture, $"df{Environment.ProcessId % 1_000_000}b{number}");
        _subnet = string.Create(CultureInfo.InvariantCulture, $"10.{200 + Environment.ProcessId % 50}.{number % 250}");
    }

    /// <summary>Whether this process may make one.</summary>
    public static bool IsPossible => OutputDisk.IsPossible && Programs.IsThere("ip") && Programs.IsThere("iptables");

    /// <summary>This process's own address in it.</summary>
    public string Own => $"{_subnet}.254";

    /// <summary>Makes one without hosts.</summary>
    public static SiloNetwork Make()
    {
        var network = new SiloNetwork(Interlocked.Increment(ref _networks));
        Programs.Run("ip", "link", "add", network._bridge, "type", "bridge");
        Programs.Run("ip", "address", "add", $"{network.Own}/24", "dev", network._bridge);
        Programs.Run("ip", "link", "set", network._bridge, "up");
        return network;
    }

    /// <summary>A host more.</summary>
    /// <param name="port">Port of the silo that runs there.</param>
    public SiloPlacement Add(int port)
    {
        lock (_lock)
        {
            var number = ++_last;
            var name = $"{_bridge}n{number}";
            var address = $"{_subnet}.{number}";
            Programs.Run("ip", "netns", "add", name);
            Programs.Run("ip", "link", "add", $"{_bridge}v{number}", "type", "veth", "peer", "name", "eth0", "netns", name);
            Programs.Run("ip", "link", "set", $"{_bridge}v{number}", "master", _bridge, "up");
            Programs.Run("ip", "-n", name, "address", "add", $"{address}/24", "dev", "eth0");
            Programs.Run("ip", "-n", name, "link", "set", "eth0", "up");
            Programs.Run("ip", "-n", name, "link", "set", "lo", "up");
            _hosts[port] = (name, address);
            var temporary = Path.GetTempPath();
            return new(name, [$"AdvertisedAddress={address}", $"--urls=http://{address}:0", $"DataRoots:0={temporary}", $"OutputRoots:0={temporary}", $"Api:Keys:0={ApiKey}", "Api:DefaultRole=admin"], new Dictionary<string, string>());
        }
    }

    /// <summary>Lets a silo hear nothing of another one any more, or hear it again.</summary>
    public void Silence(int from, int to, bool isCut) => Silence(_hosts[from].Address, _hosts[to].Namespace, isCut);

    /// <summary>Cuts a silo off from everybody, the store and clients included; or lets it back.</summary>
    public void CutOff(int silo, bool isCut)
    {
        foreach (var address in _hosts.Where(host => host.Key != silo).Select(host => host.Value.Address).Append(Own))
        {
            Silence(address, _hosts[silo].Namespace, isCut);
        }
    }

    public void Dispose()
    {
        foreach (var (name, _) in _hosts.Values)
        {
            Programs.Run("ip", "netns", "delete", name);
        }

        Programs.Run("ip", "link", "delete", _bridge);
    }

    private static void Silence(string address, string within, bool isCut) =>
        Programs.Run("ip", "netns", "exec", within, "iptables", isCut ? "-A" : "-D", "INPUT", "-s", address, "-j", "DROP");
}
