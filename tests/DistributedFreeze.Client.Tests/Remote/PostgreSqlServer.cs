using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>A PostgreSQL of a test's own, in a folder of its own.</summary>
internal sealed class PostgreSqlServer : IDisposable
{
    private const string Owner = "nobody";

    private readonly Process _process;
    private readonly string _folder;

    private PostgreSqlServer(Process process, int port, string folder)
    {
        _process = process;
        _folder = folder;
        Connection = $"Host=127.0.0.1;Port={port};Database=postgres;Username=dfreeze";
    }

    /// <summary>Its connection string.</summary>
    public string Connection { get; }

    /// <summary>Starts one, or skips the test where the machine has none.</summary>
    public static async Task<PostgreSqlServer> StartAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It starts PostgreSQL as Debian has it.");
        var program = SearchPath.Find("initdb")
            ?? (Directory.Exists("/usr/lib/postgresql") ? Directory.GetFiles("/usr/lib/postgresql", "initdb", SearchOption.AllDirectories) : []).FirstOrDefault();
        Assert.SkipWhen(program is null, "There is no PostgreSQL.");
        var folder = Directory.CreateTempSubdirectory("dfreeze-postgresql-").FullName;
        if (Environment.UserName == "root")
        {
            // PostgreSQL refuses root.
            await RunAsync("chown", Owner, folder);
        }

        await RunAsync(program!, "--pgdata", Path.Combine(folder, "data"), "--username", "dfreeze", "--auth", "trust", "--no-sync", "--encoding", "UTF8");
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var start = AsOwner(Path.Combine(Path.GetDirectoryName(program)!, "postgres"),
            "-D", Path.Combine(folder, "data"), "-h", "127.0.0.1", "-p", $"{port}", "-k", "", "-F");
        var server = new PostgreSqlServer(Process.Start(start)!, port, folder);
        while (await server._process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                _ = server._process.StandardError.ReadToEndAsync(CancellationToken.None);
                return server;
            }
        }

        server.Dispose();
        throw new InvalidOperationException("postgres ended before it took connections.");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = program == "chown" ? new ProcessStartInfo(program, arguments) { RedirectStandardError = true } : AsOwner(program, arguments);
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program}: {error}");
    }

    private static ProcessStartInfo AsOwner(string program, params string[] arguments)
    {
        string[] command = Environment.UserName == "root" ? ["setpriv", $"--reuid={Owner}", "--clear-groups", program, .. arguments] : [program, .. arguments];
        return new(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = !program.EndsWith("postgres", StringComparison.Ordinal) };
    }
}
