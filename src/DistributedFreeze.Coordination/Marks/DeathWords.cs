using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Marks;

/// <summary>What to say of a process that died without a word: during what, of what, and what to try. Pure and thread-safe.</summary>
public static class DeathWords
{
    /// <summary>What shells, and .NET, add to the number of the signal that ended a process, to make its exit code.</summary>
    internal const int SignalBase = 128;

    /// <summary>The signal that no process can handle, and that the kernel sends for lack of memory.</summary>
    public const int Kill = 9;

    /// <summary>Leaves out oneDNN's kernels for AVX-512, some of which are wrong on AMD's family 26 (3.7.1, a 3x3 convolution of 24 channels; right with this).</summary>
    internal const string WithoutAvx512 = "ONEDNN_MAX_CPU_ISA=AVX2";

    /// <summary>Leaves out those for AVX2, too: 1x1 convolutions that stride die by SIGFPE in both, where the processor tells no cache sizes, and not without them.</summary>
    internal const string WithoutAvx2 = "ONEDNN_MAX_CPU_ISA=AVX";

    /// <summary>What helps against a crash in a native library.</summary>
    public const string CrashAdvice =
        $"{WithoutAvx2} in its environment (other kernels, slower, with other low bits), another batch size or number of shards, or fewer layers to train";

    /// <summary>What helps against a lack of memory.</summary>
    public const string MemoryAdvice = "a smaller batch, smaller images, fewer replicas, or more memory";

    // Numbers of Linux on x64 and arm64, signal(7); those of other systems differ for SIGBUS alone.
    private static readonly ImmutableSortedDictionary<int, (string Name, string Meaning)> Signals = ImmutableSortedDictionary.CreateRange<int, (string, string)>(
    [
        new(4, ("SIGILL", "a native library used an instruction that this processor lacks")),
        new(6, ("SIGABRT", "a native library gave up, or memory ran out")),
        new(7, ("SIGBUS", "a native library crashed, or a file that was mapped became shorter")),
        new(8, ("SIGFPE", "a native library divided by zero")),
        new(Kill, ("SIGKILL", "somebody killed it, or the system did so for lack of memory")),
        new(11, ("SIGSEGV", "a native library crashed")),
        new(31, ("SIGSYS", "the system forbids something that a native library does")),
    ]);

    /// <summary>True for a signal of whose arrival nobody has said anything: a crash, or a kill.</summary>
    /// <param name="signal">Its number.</param>
    public static bool IsSilent(int signal) => Signals.ContainsKey(signal);

    /// <summary>Of what a process died: <c>SIGFPE: a native library divided by zero</c>.</summary>
    /// <param name="signal">A silent signal's number.</param>
    public static string Cause(int signal) => $"{Signals[signal].Name}: {Signals[signal].Meaning}";

    /// <summary>What to try after a signal.</summary>
    /// <param name="signal">Its number.</param>
    public static string Advice(int signal) => signal switch
    {
        Kill => MemoryAdvice,
        6 => $"{CrashAdvice}; against a lack of memory {MemoryAdvice}",
        _ => CrashAdvice,
    };

    /// <summary>What marks tell that nobody has told yet, a line for each run and what it did.</summary>
    /// <param name="marks">Taken from processes that have died.</param>
    public static IEnumerable<string> Of(IEnumerable<TrainingMark> marks) => marks
        .GroupBy(mark => (mark.RunId, mark.Output, mark.Work))
        .Select(run =>
            $"A process on this machine died without a word while it {run.Key.Work}, on {string.Join(", ", run.Select(mark => mark.Device).Order(StringComparer.Ordinal))}, "
            + $"run {run.Key.RunId} in {run.Key.Output}. Either it was killed, perhaps for lack of memory: if that happens again, try {MemoryAdvice}. "
            + $"Or a native library crashed: then try {CrashAdvice}.");

    /// <summary>A phase and what it trains: <c>phase 1/2, conv5_block1_1_conv to conv5_block3_3_bn (20 layers) and the head</c>.</summary>
    /// <param name="spec">A validated spec.</param>
    /// <param name="phase">The phase, from 0.</param>
    public static string PhaseOf(RunSpec spec, int phase)
    {
        var mask = FreezePolicyResolver.Resolve(spec.Phases[phase].Freeze, LayerTable.For(spec.Model), $"phases[{phase}].freeze");
        var layers = mask.TrainableLayers;
        var names = layers switch
        {
            [] => "the head",
            [var only] => $"{only} and the head",
            [var first, .., var last] => $"{first} to {last} ({layers.Length} layers) and the head",
        };
        return $"phase {phase + 1}/{spec.Phases.Length}, {names}";
    }
}
