using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using DistributedFreeze.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace DistributedFreeze.Client.Security;

/// <summary>TLS on the connections of a cluster; both sides show a certificate.</summary>
public static partial class ClusterTls
{
    /// <summary>The first byte that the accepting side sends. With TLS 1.3 the connecting side would otherwise not learn whether its certificate was accepted.</summary>
    internal const byte LetIn = 6;

    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Lets a client speak TLS to gateways, with the <see cref="RenewedCertificates"/> that are among its services.</summary>
    /// <param name="client">The client.</param>
    /// <returns>The same client.</returns>
    public static IClientBuilder UseClusterTls(this IClientBuilder client)
    {
        client.Services.Configure<ClientConnectionOptions>(options => options.ConfigureConnection(AsClient));
        return client;
    }

    /// <summary>Speaks TLS on outbound connections, with the <see cref="RenewedCertificates"/> that are among the services.</summary>
    /// <param name="connections">Where they come through.</param>
    public static void AsClient(this IConnectionBuilder connections)
    {
        var (certificates, log) = (CertificatesOf(connections), LogOf(connections));
        connections.Use(next => context => RunAsync(context, next, log, (stream, cancellationToken) =>
            GreetAsync(stream, certificates.Current, $"{context.RemoteEndPoint}", cancellationToken)));
    }

    /// <summary>Speaks TLS on inbound connections, with the <see cref="RenewedCertificates"/> that are among the services.</summary>
    /// <param name="connections">Where they come through.</param>
    public static void AsServer(this IConnectionBuilder connections) => AsServer(connections, forSilos: false);

    /// <summary>As <see cref="AsServer(IConnectionBuilder)"/>, for silos alone: whoever has a certificate that is for clients only is no silo.</summary>
    /// <param name="connections">Where they come through.</param>
    public static void AsServerForSilos(this IConnectionBuilder connections) => AsServer(connections, forSilos: true);

    /// <summary>Makes sure that a gateway or a silo accepts this side's certificate, and says why if it does not.</summary>
    /// <param name="host">Its name or address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="certificates">This side's certificate and the trusted authorities.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SocketException">Nobody takes connections there.</exception>
    /// <exception cref="AuthenticationException">One side does not let the other in; the message says which and why.</exception>
    public static async Task EnsureLetInAsync(string host, int port, ClusterCertificates certificates, CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host, port, cancellationToken);
        await using var _ = await GreetAsync(socket.GetStream(), certificates, $"{host}:{port}", cancellationToken);
    }

    /// <summary>Whether a port answers a TLS greeting with a certificate. The listener may log a warning.</summary>
    internal static async Task<bool> IsSpokenAsync(EndPoint port, CancellationToken cancellationToken)
    {
        var shown = false;
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(port, cancellationToken);
            await using var ssl = new SslStream(new NetworkStream(socket));
            await ssl.AuthenticateAsClientAsync(
                new()
                {
                    TargetHost = "",
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        shown = certificate is not null;
                        return false; // nothing will be sent on this connection
                    },
                },
                cancellationToken);
        }
        catch (Exception ended) when (ended is AuthenticationException or IOException or SocketException)
        {
        }

        return shown;
    }

    private static async Task<SslStream> GreetAsync(Stream stream, ClusterCertificates certificates, string peer, CancellationToken cancellationToken)
    {
        string? why = null;
        var ssl = new SslStream(stream);
        try
        {
            await ssl.AuthenticateAsClientAsync(certificates.ForClient(reason => why = reason), cancellationToken);
        }
        catch (Exception reason) when (reason is AuthenticationException or IOException)
        {
            await ssl.DisposeAsync();
            throw new AuthenticationException(
                why is null
                    ? $"{peer} does not speak TLS, or not with this client: {reason.Message}"
                    : $"{peer} is not to be trusted: {why}.",
                reason);
        }

        try
        {
            var answer = new byte[1];
            await ssl.ReadExactlyAsync(answer, cancellationToken);
            return answer[0] == LetIn ? ssl : throw new IOException($"it answers {answer[0]}");
        }
        catch (IOException reason)
        {
            await ssl.DisposeAsync();
            throw new AuthenticationException(
                $"{peer} does not let this client in: its authorities have not issued this client's certificate.", reason);
        }
    }

    private static void AsServer(IConnectionBuilder connections, bool forSilos)
    {
        var (certificates, log) = (CertificatesOf(connections), LogOf(connections));
        connections.Use(next => context => RunAsync(context, next, log, (stream, cancellationToken) =>
            ReceiveAsync(stream, certificates.Current, forSilos, cancellationToken)));
    }

    private static async Task<SslStream> ReceiveAsync(Stream stream, ClusterCertificates certificates, bool forSilos, CancellationToken cancellationToken)
    {
        string? why = null;
        var ssl = new SslStream(stream);
        try
        {
            await ssl.AuthenticateAsServerAsync(certificates.ForServer(reason => why = reason, forSilos), cancellationToken);
            await ssl.WriteAsync(new[] { LetIn }, cancellationToken);
            return ssl;
        }
        catch (Exception reason) when (reason is AuthenticationException or IOException)
        {
            await ssl.DisposeAsync();
            throw new AuthenticationException(why ?? $"it does not speak TLS, or trusts other authorities: {reason.Message}", reason);
        }
    }

    private static async Task RunAsync(
        ConnectionContext context, ConnectionDelegate next, ILogger log, Func<Stream, CancellationToken, Task<SslStream>> handshake)
    {
        SslStream ssl;
        using (var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed))
        {
            deadline.CancelAfter(HandshakeTimeout);
            try
            {
                ssl = await handshake(new PipeStream(context.Transport), deadline.Token);
            }
            catch (Exception refused) when (refused is AuthenticationException or OperationCanceledException)
            {
                LogRefused(log, context.RemoteEndPoint, refused is AuthenticationException ? refused.Message : "it takes too long to say who it is");
                context.Abort(new ConnectionAbortedException(refused.Message, refused));
                throw;
            }
        }

        var plain = context.Transport;
        var secured = new StreamPipes(ssl);
        try
        {
            context.Transport = secured;
            await next(context);
        }
        finally
        {
            await secured.CompleteAsync();
            await ssl.DisposeAsync();
            context.Transport = plain;
        }
    }

    private static RenewedCertificates CertificatesOf(IConnectionBuilder connections) =>
        connections.ApplicationServices.GetRequiredService<RenewedCertificates>();

    private static ILogger LogOf(IConnectionBuilder connections) =>
        connections.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger("DistributedFreeze.ClusterTls");

    [LoggerMessage(LogLevel.Warning, "No connection with {Peer}: {Reason}")]
    private static partial void LogRefused(ILogger logger, EndPoint? peer, string reason);
}
