using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using DistributedFreeze.Data;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Scale;

/// <summary>One silo of one slot and a Redis, each in a process of its own, and what is asked of them over HTTP.</summary>
internal sealed class ScaleCluster : IAsyncDisposable
{
    private const int UserTicks = 13; // fields of /proc/PID/stat, from 0
    private const int SystemTicks = 14;
    private const double TicksPerSecond = 100;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfreeze-scale-");
    private readonly Process _redis;
    private readonly int _redisPort = FreePort();
    private readonly Process _silo;

    private ScaleCluster(string silo)
    {
        DemoImages.Write(Data, seed: 1, size: 40, trainPerClass: 5, validationPerClass: 1, testPerClass: 1);
        Directory.CreateDirectory(In("out"));
        _redis = Start("redis-server", "--bind", "127.0.0.1", "--port", $"{_redisPort}", "--save", "", "--appendonly", "no");
        string[] settings =
        [
            "Clustering=redis", $"Redis=127.0.0.1:{_redisPort}", "SiloPort=0", "GatewayPort=0", "ExchangePort=0", "CpuSlots=1", $"DataRoots:0={Data}", $"OutputRoots:0={In("out")}",
            "CheckpointSeconds=1", "Api:RequestsPerMinute=1000000", "Api:EventStreams=10000",
        ];
        _silo = Start("dotnet", [silo, "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information", .. settings.Select(setting => $"--DistributedFreeze:{setting}")]);
    }

    public HttpClient Http { get; } = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1_000 }) { Timeout = TimeSpan.FromMinutes(2) };

    private string Data => In("images");

    /// <summary>Seconds of the processor that the silo has taken so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            var fields = File.ReadAllText($"/proc/{_silo.Id}/stat").Split(' ');
            return (Number(fields[UserTicks]) + Number(fields[SystemTicks])) / TicksPerSecond;
        }
    }

    public static async Task<ScaleCluster> StartAsync(string silo)
    {
        var cluster = new ScaleCluster(silo);
        while (await cluster._silo.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf("Now listening on: ", StringComparison.Ordinal) is >= 0 and var at)
            {
                cluster.Http.BaseAddress = new(line[(at + "Now listening on: ".Length)..].Trim());
                _ = cluster._silo.StandardOutput.ReadToEndAsync();
                return cluster;
            }
        }

        throw new InvalidOperationException($"The silo ended before it listened: {await cluster._silo.StandardError.ReadToEndAsync()}");
    }

    public string In(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Five images of each of four classes, in batches of eight; the head alone trains.</summary>
    public RunSpec Spec(string name, int epochs) => new()
    {
        Data = new() { Path = Data, ImageSize = 40 },
        Model = new() { RandomWeights = true },
        BatchSize = 8,
        Shards = 4,
        Replicas = 1,
        Output = In(Path.Combine("out", name)),
        Phases = [new() { Epochs = epochs, Freeze = new FreezePolicy.None(), Optimizer = new() { LearningRate = 1e-4 } }],
    };

    public async Task SubmitAsync(string id, RunSpec spec)
    {
        using var body = new StringContent(JsonSerializer.Serialize(spec, RunJson.Compact), Encoding.UTF8, "application/json");
        using var answer = await Http.PostAsync($"/api/v1/runs?id={id}", body);
        if (answer.StatusCode != HttpStatusCode.Created)
        {
            throw new InvalidOperationException($"{id} was not submitted: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    public async Task CancelAsync(string id)
    {
        using var answer = await Http.PostAsync($"/api/v1/runs/{id}/cancel", null);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<RunState> StateAsync(string id) =>
        Enum.Parse<RunState>((await Http.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{id}")).GetProperty("state").GetString()!, ignoreCase: true);

    public async Task WaitForAsync(string id, Func<RunState, bool> isIn)
    {
        while (await StateAsync(id) is var state && !isIn(state))
        {
            if (state.IsFinal())
            {
                throw new InvalidOperationException($"{id} ended: {(await Http.GetFromJsonAsync<JsonElement>($"/api/v1/runs/{id}")).GetProperty("reason")}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Bytes that Redis has received so far.</summary>
    public async Task<long> StoredBytesAsync()
    {
        using var redis = new TcpClient();
        await redis.ConnectAsync(IPAddress.Loopback, _redisPort);
        await using var stream = redis.GetStream();
        await stream.WriteAsync("INFO stats\r\nQUIT\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        const string Name = "total_net_input_bytes:";
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                return (long)Number(line[Name.Length..]);
            }
        }

        throw new InvalidOperationException("Redis does not say how much it has received.");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var process in new[] { _silo, _redis })
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
