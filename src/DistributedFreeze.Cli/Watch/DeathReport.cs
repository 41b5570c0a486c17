using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Cli.Watch;

/// <summary>What is said of a command's process that died.</summary>
internal static class DeathReport
{
    /// <summary>Says during what and of what it died, what to try, and how to go on.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="processId">The process.</param>
    /// <param name="signal">What ended it; of one that was asked for, such as that of Ctrl-C, there is nothing to say.</param>
    public static void Write(CommandConsole console, int processId, int signal)
    {
        var marks = FeatureDirectory.Marks.TakeOfDead(processId);
        if (!DeathWords.IsSilent(signal))
        {
            return;
        }

        if (console.ErrorIsTerminal)
        {
            console.Error.WriteLine(); // below the live line of progress
        }

        var during = marks.Select(mark => $"{mark.Work}, run in {mark.Output}").Distinct(StringComparer.Ordinal).ToList();
        console.Fail($"the process died of {DeathWords.Cause(signal)}{(during.Count == 0 ? "" : $", while it {string.Join("; ", during)}")}");
        console.Hint($"if it dies again, try {DeathWords.Advice(signal)}");
        foreach (var output in marks.Select(mark => mark.Output).Distinct(StringComparer.Ordinal).Where(output => File.Exists(new OutputFolder(output).Spec)))
        {
            console.Hint($"go on with: dfreeze train --resume {ShellWord.Of(output)}");
        }
    }

    /// <summary>Says nothing of a process that was asked to end at once.</summary>
    /// <param name="processId">The process.</param>
    public static void Forget(int processId) => _ = FeatureDirectory.Marks.TakeOfDead(processId);

    /// <summary>Warns of processes that died where nobody watched, with their watcher for instance.</summary>
    /// <param name="console">Where to.</param>
    public static void WriteEarlier(CommandConsole console)
    {
        foreach (var death in DeathWords.Of(FeatureDirectory.Marks.TakeOfDead()))
        {
            console.WarnOnError(death);
        }
    }
}
