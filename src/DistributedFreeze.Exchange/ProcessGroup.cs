using System.Collections.Immutable;
using System.Text;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Exchange;

/// <summary>One exchange, as all who take part in it see it. Hosts are silos; the members of one host share memory.</summary>
public sealed record ProcessGroup
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 32;

    /// <summary>Bytes that a name may have in UTF-8.</summary>
    public const int MaxNameLength = 512;

    /// <summary>The same for all members and of no other exchange: the run, the phase and the generation of its group.</summary>
    public required string Name { get; init; }

    /// <summary><see cref="KeyLength"/> random bytes that only members know; hosts prove to one another that they know them.</summary>
    public required ImmutableArray<byte> Key { get; init; }

    /// <summary>Shards of the run, at least 1.</summary>
    public required int Shards { get; init; }

    /// <summary>This silo's index into <see cref="Hosts"/>.</summary>
    public required int Host { get; init; }

    /// <summary>The silos, at least 1, in the same order for all.</summary>
    public required ImmutableArray<ExchangeHost> Hosts { get; init; }

    /// <summary>How numbers travel between hosts. Default: as they are.</summary>
    public ExchangeType Wire { get; init; } = ExchangeType.Fp32;

    /// <summary>A plan of one host, which needs no address and no key.</summary>
    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="shards">Shards of the run.</param>
    /// <param name="members">Number of replicas.</param>
    public static ProcessGroup OfOneHost(string name, int shards, int members) => new()
    {
        Name = name,
        Key = [],
        Shards = shards,
        Host = 0,
        Hosts = [new("", members)],
    };

    /// <summary>How a host is called in messages.</summary>
    internal string HostName(int host) => $"Host {host} ({Hosts[host].Address})";

    /// <summary>What is said where another host broke the exchange.</summary>
    internal string BrokenBy(int host, string reason) => $"{HostName(host)} broke the exchange: {reason}";

    /// <exception cref="ArgumentException">Something that travelling needs is missing or out of its range.</exception>
    internal void CheckForTravel()
    {
        Check(Encoding.UTF8.GetByteCount(Name) is > 0 and <= MaxNameLength, nameof(Name), $"has 1 to {MaxNameLength} bytes");
        Check(!Key.IsDefault && Key.Length == KeyLength, nameof(Key), $"has {KeyLength} bytes");
        Check(Host >= 0 && Host < Hosts.Length, nameof(Host), $"is 0 to {Hosts.Length - 1}");
        Check(Enum.IsDefined(Wire), nameof(Wire), "is Fp32 or Bf16");
        for (var i = 0; i < Hosts.Length; i++)
        {
            Check(Hosts[i].Members >= 1, $"{nameof(Hosts)}[{i}].{nameof(ExchangeHost.Members)}", "is at least 1");
            Check(Hosts[i].TryParse(out _, out _), $"{nameof(Hosts)}[{i}].{nameof(ExchangeHost.Address)}", $"is host:port, not \"{Hosts[i].Address}\"");
        }

        void Check(bool holds, string member, string rule)
        {
            if (!holds)
            {
                throw new ArgumentException($"Exchange \"{Name}\": {member} {rule}.", member);
            }
        }
    }
}
