using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Simulation.Cluster;

namespace DistributedFreeze.Simulation.Runs;

/// <summary>What a replica holds, with a number for each tensor: those that have ever trained in its memory, over the base, and the optimizer.</summary>
/// <remarks>Follows the product's <c>NetworkState</c>: whatever has once been opened stays trained, and a checkpoint overwrites what it holds.</remarks>
/// <param name="Trained">Every tensor that differs from the base, or may, by its name.</param>
/// <param name="Optimizer">The phase's optimizer.</param>
internal sealed record SimState(ImmutableSortedDictionary<string, ulong> Trained, ulong Optimizer)
{
    private const ulong Damaged = 0xBAD;

    private static readonly ImmutableSortedDictionary<string, ulong> Base =
        ImmutableSortedDictionary.Create<string, ulong>(StringComparer.Ordinal).Add("conv4", 4).Add("conv5", 5).Add("head", 1);

    /// <summary>A network that has only been loaded: its head has its first weights, and nothing has trained.</summary>
    public static SimState Loaded { get; } = new(Base.Remove("conv4").Remove("conv5"), Optimizer: 0);

    /// <summary>What the whole network computes with, frozen layers included.</summary>
    public ulong Weights => Base.Aggregate(0UL, (sum, tensor) => Mix.Of(sum, Trained.GetValueOrDefault(tensor.Key, tensor.Value)));

    /// <summary>Over every trained tensor; its number in the base stands for its name.</summary>
    public string ModelHash => Hex(Trained.Aggregate(0UL, (sum, tensor) => Mix.Of(Mix.Of(sum, Base[tensor.Key]), tensor.Value)));

    /// <summary>Over all that a checkpoint of this state would hold.</summary>
    public string Hash => ModelHash + Hex(Optimizer);

    /// <summary>Enters a phase: what it opens begins at the value that it has, and its optimizer begins anew.</summary>
    public SimState Open(ImmutableArray<string> open) =>
        new(Trained.SetItems(open.Select(name => KeyValuePair.Create(name, Trained.GetValueOrDefault(name, Base[name])))), Optimizer: 0);

    /// <summary>Applies what comes of a step's gradients to what is open.</summary>
    public SimState After(ulong total, ImmutableArray<string> open) => new(
        Trained.SetItems(open.Select(name => KeyValuePair.Create(name, Mix.Of(Trained[name], Mix.Of(total, Optimizer))))), Mix.Of(Optimizer, total));

    /// <summary>What is open, as the copy of a best epoch keeps it.</summary>
    public ImmutableSortedDictionary<string, ulong> Copy(ImmutableArray<string> open) => Trained.RemoveRange(Trained.Keys.Except(open));

    /// <summary>Overwrites some tensors, and no others.</summary>
    public SimState With(ImmutableSortedDictionary<string, ulong> tensors) => this with { Trained = Trained.SetItems(tensors) };

    /// <summary>In the middle of a change of what is open.</summary>
    public SimState InBetween(ImmutableArray<string> open) => this with { Trained = Trained.SetItems(open.Select(name => KeyValuePair.Create(name, Damaged))) };

    /// <summary>A checkpoint's tensors, in a line.</summary>
    public static string Format(SimState state, ImmutableSortedDictionary<string, ulong>? best) =>
        $"{Format(state.Trained)} {Hex(state.Optimizer)} {(best is null ? "" : Format(best))}";

    /// <summary>Takes a checkpoint over.</summary>
    /// <returns>The state, and the copy of the best epoch; null where the checkpoint has none.</returns>
    public (SimState State, ImmutableSortedDictionary<string, ulong>? Best) Restore(string checkpoint) => checkpoint.Split(' ') is [var trained, var optimizer, var best]
        ? (With(Parse(trained)) with { Optimizer = Number(optimizer) }, best.Length == 0 ? null : Parse(best))
        : throw new FormatException(checkpoint);

    private static string Format(ImmutableSortedDictionary<string, ulong> tensors) => string.Join(',', tensors.Select(tensor => $"{tensor.Key}={Hex(tensor.Value)}"));

    private static ImmutableSortedDictionary<string, ulong> Parse(string tensors) =>
        tensors.Split(',').Select(tensor => tensor.Split('=')).ToImmutableSortedDictionary(pair => pair[0], pair => Number(pair[1]), StringComparer.Ordinal);

    private static string Hex(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Number(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
