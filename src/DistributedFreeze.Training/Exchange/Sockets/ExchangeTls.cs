using System.Net.Security;

namespace DistributedFreeze.Training.Exchange.Sockets;

/// <summary>How exchange ports speak TLS: the same options for every connection of a silo.</summary>
/// <param name="Server">For connections that come in; ask for a client certificate here where peers must show one.</param>
/// <param name="Client">For connections that go out. Without a target host, the host of the address is the name that the certificate must have.</param>
public sealed record ExchangeTls(SslServerAuthenticationOptions Server, SslClientAuthenticationOptions Client);
