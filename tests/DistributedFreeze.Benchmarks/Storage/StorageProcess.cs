using System.Diagnostics;
using System.Globalization;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>A process that has a store open and does as it is told, line by line.</summary>
internal sealed class StorageProcess : IDisposable
{
    public const string Command = "storage-process";

    private readonly Process _process;

    private StorageProcess(Process process) => _process = process;

    /// <summary>Starts one, and waits until it has its store open.</summary>
    public static StorageProcess Start(string engine, string folder, TrialRecords records)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Command, engine, folder, $"{records.Count}", $"{records.Elements}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new StorageProcess(Process.Start(start)!);
        process._process.BeginErrorReadLine(); // what a native library says when it ends the process
        process.Hear();
        return process;
    }

    /// <summary>What the process itself does.</summary>
    public static void Run(string engine, string folder, int count, int elements)
    {
        var records = new TrialRecords(count, elements);
        using var store = Engines.Open(engine, folder, elements);
        Console.WriteLine("open");
        while (Console.ReadLine()?.Split(' ') is { } order)
        {
            switch (order)
            {
                case ["fill", var first, var step]:
                    var written = 0;
                    for (var number = Number(first); number < count; number += Number(step))
                    {
                        written += records.Write(store, number) ? 1 : 0;
                    }

                    Console.WriteLine(written);
                    break;
                case ["fill-telling"]:
                    for (var number = 0; number < count && records.Write(store, number); number++)
                    {
                        Console.WriteLine(number);
                    }

                    break;
                case ["read"]:
                    Console.WriteLine(records.Shuffled().Count(number => records.Read(store, number)));
                    break;
                default:
                    throw new ArgumentException($"There is no order {order[0]}.");
            }
        }
    }

    public void Tell(string order) => _process.StandardInput.WriteLine(order);

    /// <summary>The next line that it says; null where it has ended.</summary>
    public string? Hear() => _process.StandardOutput.ReadLine();

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>How it ended: 128 and the signal's number where a signal ended it.</summary>
    public int WaitForExit()
    {
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
