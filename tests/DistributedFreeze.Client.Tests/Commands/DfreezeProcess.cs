using System.Diagnostics;
using System.Text;

namespace DistributedFreeze.Client.Tests.Commands;

/// <summary>The built command as its own process.</summary>
internal sealed class DfreezeProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly StringBuilder _error = new();

    private DfreezeProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Of the process that was started.</summary>
    public int Id => _process.Id;

    public static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args) => RunAsync([], args);

    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(Dictionary<string, string> environment, params string[] args)
    {
        using var command = Start(AppContext.BaseDirectory, environment, args);
        return await command.EndAsync();
    }

    /// <param name="folder">Holds the built command.</param>
    /// <param name="environment">Variables on top of this process's.</param>
    /// <param name="args">The command line.</param>
    public static DfreezeProcess Start(string folder, Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileName(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(folder, "dfreeze.dll"));
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Waits until the error output has a line that begins so.</summary>
    /// <exception cref="InvalidOperationException">The process ended without one.</exception>
    public async Task SaysAsync(string beginning)
    {
        while (await ReadErrorAsync() is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"The command ended without saying '{beginning}': {_error}");
    }

    /// <param name="signal">Such as <c>INT</c>.</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {_process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async Task<(int ExitCode, string Output, string Error)> EndAsync()
    {
        while (await ReadErrorAsync() is not null)
        {
        }

        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _output, _error.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<string?> ReadErrorAsync()
    {
        var line = await _process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        if (line is not null)
        {
            _error.AppendLine(line);
        }

        return line;
    }
}
