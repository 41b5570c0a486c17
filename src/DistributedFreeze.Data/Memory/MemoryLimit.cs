using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>Refuses runs that need more memory than there is.</summary>
public static class MemoryLimit
{
    /// <summary>What the program takes before it has a run: runtime, libraries, silo; measured, rounded up.</summary>
    public const long ProgramBytes = 300L << 20;

    /// <summary>Memory of this process that a run may take.</summary>
    /// <param name="host">This host.</param>
    public static long Of(RunHost host) => Math.Max(0, host.MemoryBytes - ProgramBytes);

    /// <summary>What is wrong with a run.</summary>
    /// <param name="memory">What its first replica needs.</param>
    /// <param name="needed">Bytes that it needs there, cached features included where they are not budgeted apart.</param>
    /// <param name="available">Bytes that there are.</param>
    /// <param name="where">Who has them, as a phrase: <c>this machine</c>.</param>
    /// <returns>Null where it fits.</returns>
    public static Problem? Check(RunMemory memory, long needed, long available, string where)
    {
        if (needed <= available)
        {
            return null;
        }

        var worst = memory.Worst;
        var (cause, bytes, what) = worst.Greatest ?? ("model", worst.Bytes, "the base");
        if (needed - memory.Bytes > bytes)
        {
            (cause, bytes, what) = ("features.memory", needed - memory.Bytes, "cached features");
        }

        return new(cause, string.Create(
            CultureInfo.InvariantCulture,
            $"makes the run too large: a replica needs about {needed:N0} bytes of memory ({Amount.Bytes(needed)}) {worst.Name}, and {where} has "
            + $"{available:N0} ({Amount.Bytes(available)}) for it; {Amount.Bytes(bytes)} come of this field, first of all for {what}: give less here"));
    }
}
