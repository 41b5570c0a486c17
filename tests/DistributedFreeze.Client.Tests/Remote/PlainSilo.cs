namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>One silo for all tests of a class that leave nothing behind on it.</summary>
public sealed class PlainSilo : IAsyncLifetime
{
    private SiloProcess _silo = null!;

    /// <summary>Where clients connect to.</summary>
    public string Gateway => _silo.Gateway;

    public async ValueTask InitializeAsync() => _silo = await SiloProcess.StartAsync();

    public ValueTask DisposeAsync() => _silo.DisposeAsync();
}
