using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace DistributedFreeze.Exchange;

/// <summary>A silo that takes part in an exchange.</summary>
/// <param name="Address"><c>host:port</c> of its exchange port; an IPv6 address stands in brackets.</param>
/// <param name="Members">Replicas in that silo, at least 1.</param>
public sealed record ExchangeHost(string Address, int Members)
{
    /// <summary>Parts the address at its last colon.</summary>
    internal bool TryParse([NotNullWhen(true)] out string? name, out int port)
    {
        var colon = Address.LastIndexOf(':');
        name = colon > 0 ? Address[..colon].Trim('[', ']') : null;
        port = 0;
        return !string.IsNullOrEmpty(name)
            && int.TryParse(Address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is > 0 and <= ushort.MaxValue;
    }
}
