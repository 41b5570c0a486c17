using System.Globalization;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Gpu;

/// <summary>The figures of all precisions, and what follows from them.</summary>
internal sealed class GpuTable
{
    private const double BytesPerMebibyte = 1 << 20;

    private readonly Table _table = new Table().AddColumns("precision", "work", "shards", "images/s", "PyTorch", "ratio", "min", "max", "memory so far, MiB", "PyTorch");
    private readonly List<string> _conclusions = [];

    /// <param name="precision">Its name.</param>
    /// <param name="ours">In their order.</param>
    /// <param name="theirs">PyTorch's; empty where it was not run.</param>
    public void Add(string precision, IReadOnlyList<GpuFigure> ours, IReadOnlyList<GpuFigure> theirs)
    {
        foreach (var figure in ours)
        {
            var rival = theirs.FirstOrDefault(their => their.Work == RivalOf(figure.Work) && (their.Shards == figure.Shards || their.Shards == 0));
            var (median, min, max) = rival is null ? (null, null, null) : ((double?)figure.ImagesPerSecond / rival.ImagesPerSecond, (double?)figure.Min / rival.ImagesPerSecond, (double?)figure.Max / rival.ImagesPerSecond);
            _table.AddRow(
                precision,
                figure.Work,
                figure.Shards == 0 ? "" : Number(figure.Shards, "0"),
                Number(figure.ImagesPerSecond, "N0"),
                Number(rival?.ImagesPerSecond, "N0"),
                Number(median, "N2"),
                Number(min, "N2"),
                Number(max, "N2"),
                Number(figure.MemoryBytes / BytesPerMebibyte, "N0"),
                Number(rival?.MemoryBytes / BytesPerMebibyte, "N0"));
        }

        foreach (var (work, _) in EpochFigures.Works)
        {
            if (Speed(GpuWorks.FirstEpoch(work)) is { } first && Speed(GpuWorks.Decoding(work)) is { } decoding && Speed(GpuWorks.PrefixOf(work)) is { } prefix)
            {
                _conclusions.Add($"{precision}, {work}: the first epoch, its tail included, does {Percent(first, Math.Min(decoding, prefix))} of the slower of the two, which is {(decoding < prefix ? "decoding" : "the prefix")}; "
                    + $"the prefix does {Percent(Speed(GpuWorks.PrefixInFirstEpoch(work)) ?? 0, prefix)} there of what it does alone");
            }
        }

        foreach (var (work, _) in StepFigures.Works)
        {
            if (Speed(work, shards: 1) is { } same && Speed(GpuWorks.AnyAlgorithm(work), shards: 1) is { } any)
            {
                _conclusions.Add($"{precision}, {work}: the same bits each time cost {Number(100 * (any / same - 1), "N1")} % more time than cuDNN's fastest algorithms");
            }
        }

        double? Speed(string work, int? shards = null) => ours.FirstOrDefault(figure => figure.Work == work && (shards is null || figure.Shards == shards))?.ImagesPerSecond;
    }

    public void Write(IAnsiConsole console)
    {
        console.Write(_table);
        foreach (var conclusion in _conclusions)
        {
            console.WriteLine(conclusion);
        }
    }

    /// <summary>An epoch of PyTorch evaluates its prefix every time, so it is the rival of both of ours.</summary>
    private static string RivalOf(string work) =>
        StepFigures.Works.FirstOrDefault(trained => work == GpuWorks.FirstEpoch(trained.Name) || work == GpuWorks.CachedEpoch(trained.Name)) is { Name: { } name } ? GpuWorks.Epoch(name) : work;

    private static string Percent(double part, double whole) => (part / whole).ToString("P0", CultureInfo.InvariantCulture);

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
