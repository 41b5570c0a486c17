using System.Globalization;
using DistributedFreeze.Coordination.Marks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Coordination;

/// <summary>Why a run that is lost again and again in one place is not tried any more. Pure.</summary>
internal static class GivenUp
{
    /// <param name="spec">Its spec.</param>
    /// <param name="record">Where it stood.</param>
    public static string Reason(RunSpec spec, RunRecord record)
    {
        var place = record.Progress;
        var began = string.Create(
            CultureInfo.InvariantCulture,
            $"The run was given up: {record.Starts} coordinators in a row were lost while it loaded or trained {DeathWords.PhaseOf(spec, place.Phase)}, each from epoch {place.Epoch + 1}, step {place.Step + 1} on. ");
        return began
            + "If their silos' processes died, it is this run that kills them, or one beside it: see their exit codes (137: lack of memory; 134, 136, 139: a native library). "
            + $"Try {DeathWords.CrashAdvice}; against a lack of memory {DeathWords.MemoryAdvice}. dfreeze resume goes on with it.";
    }
}
