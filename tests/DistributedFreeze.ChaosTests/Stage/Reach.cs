using DistributedFreeze.Client;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>A client that connects anew where all the gateways that it knew are gone, as its user would.</summary>
internal sealed class Reach(SiloCluster cluster) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>A call to a silo that dies is lost, and Orleans would wait for it for half a minute.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private ClusterConnection? _connection;
    private IReadOnlyCollection<string> _gateways = [];

    /// <summary>Whether a gateway that it is connected to belongs to a silo that is up.</summary>
    public bool IsConnected => _gateways.Intersect(cluster.Gateways).Any();

    /// <summary>Asks until the cluster answers.</summary>
    public async Task<T> InsistAsync<T>(Func<DistributedFreezeClient, Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask(await ConnectAsync(cancellationToken)).WaitAsync(Longest, cancellationToken);
            }
            catch (Exception reason) when (reason is ClusterUnavailableException or TimeoutException)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>Asks until the cluster answers.</summary>
    public Task InsistAsync(Func<DistributedFreezeClient, Task> ask, CancellationToken cancellationToken) => InsistAsync(
        async client =>
        {
            await ask(client);
            return true;
        },
        cancellationToken);

    /// <summary>A client that is connected to silos that are up.</summary>
    /// <exception cref="ClusterUnavailableException">None answers now.</exception>
    public async Task<DistributedFreezeClient> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is null || !IsConnected)
        {
            await DisposeAsync();
            var gateways = cluster.Gateways;
            if (gateways.Count == 0)
            {
                throw new ClusterUnavailableException("No silo is up.", new InvalidOperationException());
            }

            _connection = await ClusterConnection.ConnectAsync(new() { Gateways = [.. gateways] }, cancellationToken);
            _gateways = gateways;
        }

        return _connection.Client;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync();
        }
    }
}
