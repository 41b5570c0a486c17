using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>What of <c>-- gpu</c> to measure.</summary>
/// <param name="Parts">Names of <see cref="AllParts"/>, in their order.</param>
/// <param name="Precisions">Null takes all that there are on the device.</param>
/// <param name="Rounds">Rounds that count.</param>
/// <param name="Python">The interpreter, with torch and torchvision; null leaves PyTorch out.</param>
internal sealed record GpuOptions(IReadOnlyList<string> Parts, IReadOnlyList<RunPrecision>? Precisions, int Rounds, string? Python)
{
    public const string Prefix = "prefix";
    public const string Steps = "steps";
    public const string Epochs = "epochs";
    public const string Determinism = "determinism";

    private const int DefaultRounds = 3;

    /// <summary>The last one switches algorithms for all of its process, so nothing is measured after it.</summary>
    public static IReadOnlyList<string> AllParts { get; } = [Prefix, Steps, Epochs, Determinism];

    public static GpuOptions Of(string[] arguments)
    {
        var parts = Given("--parts")?.Split(',') ?? [.. AllParts];
        var unknown = parts.Except(AllParts, StringComparer.Ordinal).FirstOrDefault();
        return unknown is not null
            ? throw new ArgumentException($"--parts: there is no part {unknown}; there are {string.Join(", ", AllParts)}.")
            : new(
                [.. AllParts.Where(parts.Contains)],
                Given("--precisions")?.Split(',').Select(Precision).ToList(),
                Given("--rounds") is { } rounds ? int.Parse(rounds, CultureInfo.InvariantCulture) : DefaultRounds,
                Given("--python"));

        string? Given(string option) => Array.IndexOf(arguments, option) is >= 0 and var at ? arguments[at + 1] : null;
    }

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static RunPrecision Precision(string name) => Enum.GetValues<RunPrecision>().Select(precision => (RunPrecision?)precision)
        .FirstOrDefault(precision => RunEnums.NameOf(precision!.Value) == name) ?? throw new ArgumentException($"--precisions: there is no precision {name}; there are fp32, tf32 and bf16.");
}
