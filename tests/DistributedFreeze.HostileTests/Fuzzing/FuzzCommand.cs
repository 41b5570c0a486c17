using System.Globalization;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>Tries any number of inputs, or one again.</summary>
internal static class FuzzCommand
{
    public const string Usage = "--fuzz N [--seed S] [--only NAME] [--kept FOLDER] | --replay FILE --only NAME";

    /// <summary>Whether arguments are this command rather than the test runner's.</summary>
    public static bool IsCommand(string[] args) => args is ["--fuzz" or "--replay", ..];

    /// <returns>The exit code: 0 where all is well, 1 where something was found, 2 where the arguments are wrong.</returns>
    public static int Run(string[] args)
    {
        using var asked = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            asked.Cancel();
        };
        var folder = Directory.CreateTempSubdirectory("dfreeze-fuzz-");
        try
        {
            var targets = FuzzTargets.In(folder.FullName).Where(target => target.Name == (Value(args, "--only") ?? target.Name)).ToList();
            return targets.Count == 0 ? throw new FormatException($"--only must be one of {string.Join(", ", FuzzTargets.Names)}.")
                : args[0] == "--replay" ? Replay(targets is [var only] ? only : throw new FormatException("--replay needs --only."), Value(args, "--replay")!)
                : Fuzz(targets, args, asked.Token);
        }
        catch (FormatException wrong)
        {
            Console.Error.WriteLine($"error: {wrong.Message}{Environment.NewLine}usage: {Usage}");
            return 2;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Fuzz(List<FuzzTarget> targets, string[] args, CancellationToken cancellationToken)
    {
        var inputs = Number(args, "--fuzz")!.Value;
        var seed = Number(args, "--seed") ?? Environment.TickCount & int.MaxValue;
        var kept = Value(args, "--kept") ?? Path.Combine(Path.GetTempPath(), "dfreeze-fuzz-kept");
        var found = false;
        foreach (var target in targets.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            Console.WriteLine($"{target.Name}: what is being read lies at {target.Path}");
            var report = new Fuzzer(target, seed, kept).Run(inputs, cancellationToken);
            Console.WriteLine(report);
            foreach (var finding in report.Findings)
            {
                Console.WriteLine(finding);
            }

            found |= report.Findings.Count > 0;
        }

        return found ? 1 : 0;
    }

    private static int Replay(FuzzTarget target, string path)
    {
        var (outcome, fault) = new Fuzzer(target, seed: 0, kept: "").Replay(File.ReadAllBytes(path));
        Console.WriteLine(outcome);
        Console.WriteLine(fault ?? "nothing is wrong with that");
        return fault is null ? 0 : 1;
    }

    private static string? Value(string[] args, string option) => Array.IndexOf(args, option) is >= 0 and var at
        ? args.ElementAtOrDefault(at + 1) ?? throw new FormatException($"{option} needs a value.")
        : null;

    private static int? Number(string[] args, string option) => Value(args, option) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"{option} needs a number, got '{text}'.");
}
