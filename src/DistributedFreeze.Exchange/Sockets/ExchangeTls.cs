using System.Net.Security;

namespace DistributedFreeze.Exchange.Sockets;

/// <summary>How exchange ports speak TLS. Both are called for each connection, from any thread, so that a renewed certificate is taken.</summary>
/// <param name="Server">For connections that come in; ask for a client certificate here where peers must show one.</param>
/// <param name="Client">For connections that go out, new options each time. Without a target host, the host of the address is the name that the certificate must have.</param>
public sealed record ExchangeTls(Func<SslServerAuthenticationOptions> Server, Func<SslClientAuthenticationOptions> Client);
