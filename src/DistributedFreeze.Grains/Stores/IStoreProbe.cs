namespace DistributedFreeze.Grains.Stores;

/// <summary>Asks the store in which silos find one another and keep their runs whether it is there.</summary>
/// <remarks>Thread-safe.</remarks>
public interface IStoreProbe
{
    /// <summary>Asks once.</summary>
    /// <param name="cancellationToken">Ends the waiting for an answer.</param>
    /// <exception cref="Exception">It does not answer, whatever the store's own reason is.</exception>
    Task AskAsync(CancellationToken cancellationToken);
}

/// <summary>A store within the silo itself, which is there as long as the silo is.</summary>
internal sealed class OwnStore : IStoreProbe
{
    public Task AskAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
