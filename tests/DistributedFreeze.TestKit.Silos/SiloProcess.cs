using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace DistributedFreeze.TestKit.Silos;

/// <summary>The built silo as its own process, on free ports.</summary>
public sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>Environment variable with the folder of a published silo, to be run instead of the one beside the tests.</summary>
    private const string FolderVariable = "DFREEZE_SILO_FOLDER";

    private const int KeptLines = 80;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly ConcurrentQueue<string> _last = [];
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task<string> _error;
    private readonly Task _reading;
    private readonly StreamWriter? _log;

    private SiloProcess(Process process, string? logFile)
    {
        _process = process;
        _log = logFile is null ? null : new(logFile) { AutoFlush = true };
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        _reading = ReadLinesAsync();
    }

    /// <summary>Of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Where clients connect to.</summary>
    public string Gateway { get; private set; } = "";

    /// <summary>Where HTTP is answered.</summary>
    public Uri Http { get; private set; } = new("http://127.0.0.1");

    /// <summary>Starts a silo and waits until it takes clients.</summary>
    /// <param name="settings">Settings of the section, such as <c>Clustering=redis</c>.</param>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public static Task<SiloProcess> StartAsync(params string[] settings) => StartLoggedAsync(logFile: null, place: null, settings);

    /// <summary>Starts a silo and waits until it takes clients.</summary>
    /// <param name="logFile">Receives all that it says; null keeps the last lines alone.</param>
    /// <param name="place">Where it runs; null runs it here.</param>
    /// <param name="settings">Settings of the section, such as <c>Clustering=redis</c>.</param>
    /// <exception cref="InvalidOperationException">It ended before.</exception>
    public static Task<SiloProcess> StartLoggedAsync(string? logFile, SiloPlacement? place, params string[] settings) =>
        WhenStartedAsync(Launch([.. settings, .. place?.Settings ?? []], logFile, place?.Network, place?.Environment));

    /// <summary>Starts a silo with variables of its environment, and waits until it takes clients.</summary>
    public static Task<SiloProcess> StartInAsync(Dictionary<string, string> environment, params string[] settings) =>
        WhenStartedAsync(BeginIn(environment, settings));

    private static async Task<SiloProcess> WhenStartedAsync(SiloProcess silo)
    {
        try
        {
            silo.Http = new(await silo.SaysAsync("Now listening on: "));
            silo.Gateway = (await silo.SaysAsync("Clients connect to ")).Split(',')[0];
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }

        return silo;
    }

    /// <summary>Runs a silo that ends by itself.</summary>
    public static async Task<(int ExitCode, string Error)> EndAsync(params string[] settings)
    {
        await using var silo = Launch(settings);
        await silo._process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (silo._process.ExitCode, await silo._error);
    }

    /// <summary>Asks it to end, as an orchestrator does, and waits for that.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Starts a silo and does not wait for anything.</summary>
    /// <param name="settings">Settings of the section, such as <c>Clustering=redis</c>.</param>
    public static SiloProcess Begin(params string[] settings) => Launch(settings);

    /// <summary>Starts a silo with variables of its environment, and does not wait for anything.</summary>
    public static SiloProcess BeginIn(Dictionary<string, string> environment, params string[] settings) => Launch(settings, environment: environment);

    /// <summary>Lets it stand still, as a host does that hangs; or go on.</summary>
    public Task SignalAsync(string signal) => ProcessSignal.SendAsync(_process, signal);

    /// <summary>Waits until it has ended by itself.</summary>
    /// <returns>Its exit code, and what it said where errors go.</returns>
    public async Task<(int ExitCode, string Error)> EndedAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _reading;
        return (_process.ExitCode, await _error);
    }

    /// <summary>What it ended with; null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>The last lines of its log.</summary>
    public IReadOnlyCollection<string> LastLines => _last;

    /// <summary>Ends it without asking.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        await _reading;
        if (_log is not null)
        {
            await _log.WriteAsync($"{await _error}It ended with {_process.ExitCode}.{Environment.NewLine}");
            await _log.DisposeAsync();
        }

        _process.Dispose();

        if (_log is null)
        {
            // Shown for tests that fail.
            TestContext.Current.TestOutputHelper?.WriteLine($"The silo at {Gateway} said at last:{Environment.NewLine}{string.Join(Environment.NewLine, _last)}");
        }
    }

    private static SiloProcess Launch(
        string[] settings, string? logFile = null, string? network = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] program = network is null ? ["dotnet"] : ["ip", "netns", "exec", network, "dotnet"];
        var start = new ProcessStartInfo(program[0], program[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        start.Environment["Logging__LogLevel__DistributedFreeze.Silo"] = "Information";
        start.Environment["Logging__LogLevel__DistributedFreeze.Security"] = "Information";
        start.Environment["DistributedFreeze__SiloPort"] = "0";
        start.Environment["DistributedFreeze__GatewayPort"] = "0";
        start.Environment["DistributedFreeze__ExchangePort"] = "0";
        start.ArgumentList.Add(Path.Combine(Environment.GetEnvironmentVariable(FolderVariable) ?? AppContext.BaseDirectory, "DistributedFreeze.Silo.dll"));
        start.ArgumentList.Add("--urls=http://127.0.0.1:0");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        foreach (var setting in settings)
        {
            start.ArgumentList.Add(setting.StartsWith("--", StringComparison.Ordinal) ? setting : $"--DistributedFreeze:{setting}");
        }

        return new(Process.Start(start)!, logFile);
    }

    /// <summary>Waits for a line of its log, after those that were waited for before.</summary>
    /// <returns>What follows the beginning on its line.</returns>
    /// <exception cref="InvalidOperationException">It ended without.</exception>
    public async Task<string> SaysAsync(string beginning)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            _output.AppendLine(line);
            if (line.IndexOf(beginning, StringComparison.Ordinal) is >= 0 and var at)
            {
                return line[(at + beginning.Length)..].Trim();
            }
        }

        throw new InvalidOperationException($"The silo ended without saying '{beginning}': {_output}{await _error}");
    }

    private async Task ReadLinesAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            _lines.Writer.TryWrite(line);
            var stamped = $"{TimeProvider.System.GetLocalNow():HH:mm:ss.fff} {line}";
            _log?.WriteLine(stamped);
            _last.Enqueue(stamped);
            if (_last.Count > KeptLines)
            {
                _last.TryDequeue(out _);
            }
        }

        _lines.Writer.Complete();
    }
}
