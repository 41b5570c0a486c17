using System.Net;
using System.Net.Sockets;
using System.Text;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Client.Tests.Remote;

/// <summary>How a silo's process ends: with an exit code that says whether to start it again, and a line that says why.</summary>
[Slow(seconds: 60)]
public sealed class SiloEndTests
{
    [Fact]
    public async Task ASiloWhoseStoreGoesFirst_EndsAllTheSame()
    {
        using var redis = await RedisServer.StartAsync();
        await using var silo = await SiloProcess.StartAsync("Clustering=redis", $"Redis={redis.Connection}");
        redis.Dispose();

        var exitCode = await silo.TerminateAsync();

        var (_, error) = await silo.EndedAsync();
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains($"The silo ends without signing off, since the Redis at {redis.Connection} does not answer", silo.LastLines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARedisThatIsAwayWhenASiloStarts_IsOneLineAndExitCode1()
    {
        await using var silo = SiloProcess.Begin("Clustering=redis", "Redis=127.0.0.1:1,password=never-shown");

        var (exitCode, error) = await silo.EndedAsync();

        Assert.Equal(
            (1, "error: the Redis at 127.0.0.1:1 does not answer: Connection refused. Is it started, and can it be reached from here?"), (exitCode, error.Trim()));
        Assert.Empty(silo.LastLines);
    }

    [Fact]
    public async Task ASiloThatIsAskedToEndWhileItWaitsForItsStore_Exits0()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        await using var silo = SiloProcess.Begin("Clustering=redis", $"Redis={mute.LocalEndpoint}");
        using var asked = await mute.AcceptSocketAsync(TestContext.Current.CancellationToken);

        var exitCode = await silo.TerminateAsync();

        Assert.Equal((0, ""), (exitCode, (await silo.EndedAsync()).Error));
        Assert.Contains("The silo was asked to end while it started", Assert.Single(silo.LastLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ASiloThatIsHungUpOn_ReadsItsSettingsAgain_AndGoesOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        Assert.SkipWhen(IgnoresHangUps(), "Programs that are started from here ignore SIGHUP, as under nohup.");
        using var folder = new TemporaryFolder();
        var settings = folder.Write("appsettings.json", """{ "Logging": { "LogLevel": { "DistributedFreeze.Audit": "None" } } }""");
        await using var silo = await SiloProcess.StartAsync("CpuSlots=1", $"--contentRoot={Path.GetDirectoryName(settings)}");
        using var http = new HttpClient { BaseAddress = silo.Http };

        await silo.SignalAsync("HUP");
        await silo.SaysAsync("Read settings and certificates again");
        await File.WriteAllTextAsync(settings, "{", TestContext.Current.CancellationToken);
        await silo.SignalAsync("HUP");
        await silo.SaysAsync("Settings were not read again, and those of before count");

        Assert.Equal("Healthy", await http.GetStringAsync("/healthz", TestContext.Current.CancellationToken));
        Assert.Null(silo.ExitCode);
    }

    /// <summary>An ignored signal stays ignored in programs that are started, and .NET leaves it so.</summary>
    private static bool IgnoresHangUps()
    {
        const string Field = "SigIgn:";
        const long HangUp = 1; // the bit of signal 1
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith(Field, StringComparison.Ordinal))[Field.Length..];
        return (Convert.ToInt64(ignored.Trim(), 16) & HangUp) != 0;
    }

    [Fact]
    public async Task ASiloUnderSystemd_SaysWhenItIsReadyAndWhenItEnds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no systemd.");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "notify");
            using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            systemd.Bind(new UnixDomainSocketEndPoint(path));
            await using var silo = SiloProcess.BeginIn(new() { ["NOTIFY_SOCKET"] = path }, "CpuSlots=1");

            var ready = await HeardAsync(systemd);
            var exitCode = await silo.TerminateAsync();

            Assert.Equal(("READY=1", "STOPPING=1", 0), (ready, await HeardAsync(systemd), exitCode));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static async Task<string> HeardAsync(Socket socket)
        {
            var message = new byte[256];
            var length = await socket.ReceiveAsync(message, TestContext.Current.CancellationToken);
            return Encoding.UTF8.GetString(message, 0, length).Trim();
        }
    }

    [Theory]
    [InlineData("Starting Orleans Silo")]
    [InlineData("MembershipOracle starting")]
    [InlineData("Joining")]
    [InlineData("-Finished BecomeActive")]
    [InlineData("devices are lent to runs")]
    public async Task ASiloThatIsAskedToEndWhileItStarts_Exits0(string moment)
    {
        using var redis = await RedisServer.StartAsync();
        await using var silo = SiloProcess.Begin("Clustering=redis", $"Redis={redis.Connection}", "--Logging:LogLevel:Default=Information", "--Logging:LogLevel:Orleans=Information");
        await silo.SaysAsync(moment);

        var exitCode = await silo.TerminateAsync();

        Assert.Equal((0, ""), (exitCode, (await silo.EndedAsync()).Error));
        Assert.DoesNotContain(silo.LastLines, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASiloThatStoodStillUntilItWasDeclaredDead_ExitsWith75AndOneLine()
    {
        await using var cluster = await SiloCluster.StartAsync(silos: 3);
        var port = cluster.Silos.First();
        var still = cluster[port];
        await using var others = await ClusterConnection.ConnectAsync(
            new() { Gateways = [.. cluster.Gateways.Where(gateway => gateway != still.Gateway)] }, TestContext.Current.CancellationToken);
        await still.SignalAsync("STOP");
        while (await HasDevicesAsync(others.Client, $":{port}@"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
        }

        await still.SignalAsync("CONT");

        var (exitCode, error) = await still.EndedAsync();
        Assert.Equal(75, exitCode);
        Assert.StartsWith("error: the cluster has declared this silo dead", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static async Task<bool> HasDevicesAsync(DistributedFreezeClient client, string silo)
    {
        try
        {
            var devices = await client.ListDevicesAsync(TestContext.Current.CancellationToken);
            return devices.Any(device => DeviceId.Silo(device.Device.Id).Contains(silo, StringComparison.Ordinal));
        }
        catch (ClusterUnavailableException)
        {
            return true; // it is the scheduler's silo that stands still
        }
    }
}
