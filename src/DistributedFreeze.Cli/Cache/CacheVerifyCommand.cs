using System.CommandLine;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Cli.Cache;

/// <summary><c>dfreeze cache verify</c>: reads every record and names the files that are not what they should be; removes nothing.</summary>
internal sealed class CacheVerifyCommand(CommandConsole console, Option<string?> directory)
{
    public Command Build()
    {
        var command = new Command("verify", "Reads everything and compares checksums; removes nothing.") { directory };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Verify(CacheCommand.Folder(parsed, directory), cancellationToken)));
        return command;
    }

    private int Verify(FeatureDirectory folder, CancellationToken cancellationToken)
    {
        var faults = 0;
        foreach (var fault in folder.Verify(cancellationToken))
        {
            faults++;
            console.Output.WriteLine($"{Word(fault.Kind)}: {fault.File}: {fault.Detail}");
        }

        console.Output.WriteLine(faults == 0
            ? $"All is well in {folder.FullPath}"
            : $"{faults} {(faults == 1 ? "fault" : "faults")} in {folder.FullPath}; nothing damaged is ever used, it is computed again");
        return faults == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static string Word(FeatureFaultKind kind) => kind switch
    {
        FeatureFaultKind.Damaged => "damaged",
        FeatureFaultKind.Torn => "torn",
        _ => "foreign",
    };
}
