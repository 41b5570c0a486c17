using System.Diagnostics;

namespace DistributedFreeze.TestKit.Silos;

/// <summary>A Redis of a test's own.</summary>
public sealed class RedisServer : IDisposable
{
    private readonly string _program;
    private readonly string _address;
    private readonly int _port;
    private readonly DirectoryInfo? _kept;
    private Process? _process;

    private RedisServer(string program, string address, int port, DirectoryInfo? kept)
    {
        (_program, _address, _port, _kept) = (program, address, port, kept);
        Connection = $"{address}:{port}";
    }

    /// <summary>Its connection string.</summary>
    public string Connection { get; }

    /// <summary>Whether this machine has a Redis.</summary>
    public static bool IsThere => Find() is not null;

    /// <summary>Starts one, or skips the test where the machine has none.</summary>
    /// <param name="keeps">Whether it keeps what was written when it is ended and started again.</param>
    /// <param name="address">Where it listens.</param>
    public static async Task<RedisServer> StartAsync(bool keeps = false, string address = "127.0.0.1")
    {
        var program = Find();
        Assert.SkipWhen(program is null, "There is no redis-server on the PATH.");
        var server = new RedisServer(program!, address, UnusedPort.Find(), keeps ? Directory.CreateTempSubdirectory("dfreeze-redis-") : null);
        try
        {
            await server.StartAgainAsync();
        }
        catch
        {
            server.Dispose();
            throw;
        }

        return server;
    }

    /// <summary>Starts it once more after <see cref="Kill"/>, and waits until it takes connections.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo(_program) { RedirectStandardOutput = true };
        string[] keeping = _kept is { } folder ? ["--appendonly", "yes", "--appendfsync", "always", "--dir", folder.FullName] : ["--appendonly", "no"];
        foreach (var argument in (string[])["--bind", _address, "--protected-mode", "no", "--port", $"{_port}", "--save", "", .. keeping])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException("redis-server ended before it took connections.");
    }

    /// <summary>Lets it stand still, or go on.</summary>
    public Task SignalAsync(string signal) => ProcessSignal.SendAsync(_process!, signal);

    /// <summary>Ends it without asking.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        if (_kept?.Exists == true)
        {
            _kept.Delete(recursive: true);
        }
    }

    private static string? Find() => SearchPath.Find("redis-server");
}
