namespace DistributedFreeze.Silo.Hosting;

/// <summary>Signals belong to the program around the host, and not to the host.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
