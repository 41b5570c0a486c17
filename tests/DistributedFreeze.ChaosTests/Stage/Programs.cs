using System.Diagnostics;

namespace DistributedFreeze.Chaos.Stage;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>Whether the PATH leads to one.</summary>
    public static bool IsThere(string program) => SearchPath.Find(program) is not null;

    /// <summary>Runs one to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static void Run(string program, params string[] arguments)
    {
        if (!TryRun(out var error, program, arguments))
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {error}");
        }
    }

    /// <summary>Runs one to its end.</summary>
    /// <param name="error">What it said where errors go.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Whether it succeeded.</returns>
    public static bool TryRun(out string error, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
