using System.Net.Sockets;
using DistributedFreeze.Grains.Stores;
using StackExchange.Redis;

namespace DistributedFreeze.Silo.Stores;

/// <summary>Asks a Redis over a connection of its own, which is made when it is first asked.</summary>
internal sealed class RedisProbe : IStoreProbe, IAsyncDisposable
{
    private const int LongestConnect = 1500;

    private readonly ConfigurationOptions _options;
    private readonly SemaphoreSlim _connecting = new(1);
    private ConnectionMultiplexer? _connection;

    /// <param name="connection">A valid connection string.</param>
    public RedisProbe(string connection)
    {
        _options = ConfigurationOptions.Parse(connection);
        _options.AbortOnConnectFail = true;
        _options.ConnectRetry = 1;
        _options.ConnectTimeout = Math.Min(_options.ConnectTimeout, LongestConnect); // it waits so long even where it is refused at once
    }

    /// <inheritdoc/>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            _connection ??= await ConnectAsync(cancellationToken);
        }
        finally
        {
            _connecting.Release();
        }

        if (!_connection.IsConnected)
        {
            throw new IOException("the connection is lost");
        }

        await _connection.GetDatabase().PingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _connecting.Dispose();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(_options);
        }
        catch (RedisConnectionException refused) when (refused.FailureType == ConnectionFailureType.AuthenticationFailure)
        {
            throw new IOException("it does not take the user or the password", refused);
        }
        catch (RedisConnectionException)
        {
            // The library's words are for those who program it; the system's say what is the matter.
            await EnsureTakesConnectionsAsync(cancellationToken);
            throw new IOException("it takes connections, but does not answer as a Redis does");
        }
    }

    /// <exception cref="SocketException">None of its ends takes a connection.</exception>
    private async Task EnsureTakesConnectionsAsync(CancellationToken cancellationToken)
    {
        SocketException? refusal = null;
        foreach (var end in _options.EndPoints)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(end, cancellationToken);
                return;
            }
            catch (SocketException refused)
            {
                refusal = refused;
            }
        }

        throw refusal ?? new SocketException((int)SocketError.HostUnreachable);
    }
}
