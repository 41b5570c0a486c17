namespace DistributedFreeze.Silo.Hosting;

/// <summary>A silo inside this process, for one command's runs.</summary>
public sealed class EmbeddedCluster : IAsyncDisposable
{
    private readonly IHost _host;

    private EmbeddedCluster(IHost host) => _host = host;

    /// <summary>The way to its grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts a silo on free loopback ports.</summary>
    /// <param name="logLevel">What is written to standard error; a command's own output says the rest.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<EmbeddedCluster> StartAsync(LogLevel logLevel, CancellationToken cancellationToken)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(logLevel);
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // Ctrl-C belongs to the command: it interrupts the run first, and the host is stopped when the run has left its checkpoint.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.UseOrleans(silo => silo.UseLocalCluster());
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch
        {
            host.Dispose();
            throw;
        }

        return new(host);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}
