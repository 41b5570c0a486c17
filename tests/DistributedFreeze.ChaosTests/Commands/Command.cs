namespace DistributedFreeze.Chaos.Commands;

/// <summary>The commands of this program beside its tests.</summary>
internal static class Command
{
    /// <summary>Whether arguments are a command rather than the test runner's.</summary>
    public static bool IsCommand(string[] args) => args is ["--random" or "--replay" or "--goodput", ..];

    /// <returns>The command's exit code; 2 where its arguments are wrong.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var asked = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            asked.Cancel();
        };
        try
        {
            var arguments = new Arguments(args);
            return arguments.Command == "--goodput"
                ? await GoodputCommand.RunAsync(arguments, asked.Token)
                : await ChaosCommand.RunAsync(arguments, asked.Token);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"error: {wrong.Message}{Environment.NewLine}usage: {ChaosCommand.Usage} | {GoodputCommand.Usage}");
            return 2;
        }
    }
}
