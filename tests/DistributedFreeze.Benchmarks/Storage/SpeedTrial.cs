using System.Diagnostics;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>How fast a store is filled and read, by one process and by two at once.</summary>
/// <remarks>The system's cache is warm: what is read was written a moment before.</remarks>
internal static class SpeedTrial
{
    public const string Fill = "fill";
    public const string Sequential = "read in order";
    public const string Random = "read by chance";
    public const string TwoFill = "two processes fill";
    public const string TwoRead = "two processes read";

    public static IReadOnlyList<string> Measures { get; } = [Fill, Sequential, Random, TwoFill, TwoRead];

    /// <summary>Does all of it once, in a folder that goes.</summary>
    /// <returns>Seconds of each measure.</returns>
    public static Dictionary<string, double> Run(string engine, string parent, TrialRecords records)
    {
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        InFolder(parent, folder =>
        {
            using (var store = Engines.Open(engine, folder, records.Elements))
            {
                seconds[Fill] = Time(() => All(Enumerable.Range(0, records.Count).Count(number => records.Write(store, number)), records));
            }

            using var again = Engines.Open(engine, folder, records.Elements);
            seconds[Sequential] = Time(() => All(Enumerable.Range(0, records.Count).Count(number => records.Read(again, number)), records));
            var order = records.Shuffled();
            seconds[Random] = Time(() => All(order.Count(number => records.Read(again, number)), records));
        });
        InFolder(parent, folder =>
        {
            using var one = StorageProcess.Start(engine, folder, records);
            using var other = StorageProcess.Start(engine, folder, records);
            seconds[TwoFill] = Time(() => All(Both(one, "fill 0 2", other, "fill 1 2"), records));
            seconds[TwoRead] = Time(() => All(Both(one, "read", other, "read") / 2, records));
        });
        return seconds;
    }

    private static int Both(StorageProcess one, string order, StorageProcess other, string otherOrder)
    {
        one.Tell(order);
        other.Tell(otherOrder);
        return int.Parse(one.Hear()!, null) + int.Parse(other.Hear()!, null);
    }

    private static void All(int done, TrialRecords records)
    {
        if (done != records.Count)
        {
            throw new InvalidDataException($"{records.Count - done} of {records.Count} records are not there.");
        }
    }

    private static double Time(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void InFolder(string parent, Action<string> run)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent, Path.GetRandomFileName()));
        try
        {
            run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
