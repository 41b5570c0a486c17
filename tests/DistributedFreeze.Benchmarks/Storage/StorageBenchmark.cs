using System.Globalization;
using Spectre.Console;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>Our feature store against libraries that keep records: speed, and what is left after a fault.</summary>
internal static class StorageBenchmark
{
    private const int Kilobyte = 1000 / sizeof(float);

    /// <summary>Pooled features, and features at the end of conv4.</summary>
    private static readonly (string Name, int Count, int Elements)[] Sizes =
        [("100,000 of 8 kB", 100_000, 8 * Kilobyte), ("2,000 of 800 kB", 2_000, 800 * Kilobyte)];

    /// <summary>Each in turn, round after round: our speed, and how often ours is done while the other is done once.</summary>
    /// <param name="rounds">Rounds that count; one more comes before them.</param>
    /// <param name="parent">Folder on the disk that is tried.</param>
    /// <param name="progress">Receives lines while it goes on.</param>
    public static Table Speeds(int rounds, string parent, Action<string> progress)
    {
        var table = new Table { Border = TableBorder.Markdown }.AddColumns(["records", "what", "ours", .. Engines.Rivals.Select(rival => $"against {rival}")]);
        foreach (var (size, count, elements) in Sizes)
        {
            var records = new TrialRecords(count, elements);
            var megabytes = count * (double)elements * sizeof(float) / 1e6;
            var times = Engines.All.ToDictionary(engine => engine, _ => SpeedTrial.Measures.ToDictionary(measure => measure, _ => new List<double>()));
            for (var round = 0; round <= rounds; round++)
            {
                foreach (var engine in Engines.All)
                {
                    var seconds = SpeedTrial.Run(engine, parent, records);
                    progress($"round {round}/{rounds}  {size}  {engine}: {string.Join(", ", seconds.Select(one => $"{one.Key} {megabytes / one.Value:N0} MB/s"))}");
                    foreach (var (measure, time) in round > 0 ? seconds : [])
                    {
                        times[engine][measure].Add(time);
                    }
                }
            }

            foreach (var measure in SpeedTrial.Measures)
            {
                var ours = times[Engines.Ours][measure];
                table.AddRow([size, measure, $"{megabytes / Ratio.Median([.. ours.Order()]):N0} MB/s", .. Engines.Rivals.Select(rival => Text(Ratio.Of(measure, "", ours, times[rival][measure])))]);
            }
        }

        return table;
    }

    /// <param name="parent">Folder on the disk that is tried.</param>
    public static Table Faults(string parent)
    {
        var records = new TrialRecords(12_000, 8 * Kilobyte);
        var table = new Table { Border = TableBorder.Markdown }.AddColumns(["fault", .. Engines.All]);
        Add("kill -9 while writing", engine => FaultTrial.Kill(engine, parent, records));
        Add("full disk of 64 MiB", engine => FaultTrial.FullDisk(engine, parent, records));
        Add("a bit turned in every 256 KiB", engine => FaultTrial.Damage(engine, parent, records, FaultTrial.FlipBits));
        Add("file cut in half while it is open", engine => FaultTrial.Damage(engine, parent, records, FaultTrial.CutInHalf));
        return table;

        void Add(string fault, Func<string, string> play) => table.AddRow([fault, .. Engines.All.Select(engine =>
        {
            try
            {
                return play(engine);
            }
            catch (Exception error)
            {
                return $"{error.GetType().Name}: {error.Message}";
            }
        })]);
    }

    private static string Text(Ratio ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio.Value:N2} ({ratio.Min:N2} to {ratio.Max:N2})");
}
