namespace DistributedFreeze.Benchmarks.Exchange;

/// <summary>Our exchange, by itself and kept to TCP, beside gloo's all-reduce: real processes on one machine, in turn, the same vectors.</summary>
internal static class ExchangeBenchmark
{
    public const int DefaultRounds = 25;
    private const string Python = "/usr/bin/python3";

    private static readonly int[] Processes = [2, 4];

    /// <summary>A dense head, then vectors of millions of parameters; how often each is exchanged in a round.</summary>
    private static readonly (string Name, int Length, int Count)[] Vectors =
        [("33 kB", 8_196, 100), ("2 MB", 500_000, 5), ("60 MB", 15_000_000, 1), ("94 MB", 23_500_000, 1)];

    public static IReadOnlyList<ExchangeTimes> Run(int rounds, Action<string> progress)
    {
        var folder = Directory.CreateTempSubdirectory("dfreeze-bench-").FullName;
        try
        {
            return [.. Processes.SelectMany(processes => Run(processes, rounds, Path.Combine(folder, $"gloo-{processes}"), progress))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<ExchangeTimes> Run(int processes, int rounds, string store, Action<string> progress)
    {
        using var gloo = File.Exists(Python) ? Team.OfGloo(processes, Python, store) : null;
        if (gloo is null)
        {
            progress($"{Python} has no torch (Debian: apt-get install --no-install-recommends python3-torch): ours is timed alone");
        }

        using var ours = Team.OfOurs(processes);
        using var tcp = Team.OfOurs(processes, ExchangeHostProcess.OverTcp);
        return [.. Vectors.Select(vector => Time(ours, tcp, gloo, vector, processes, rounds, progress))];
    }

    private static ExchangeTimes Time(
        Team ours, Team tcp, Team? gloo, (string Name, int Length, int Count) vector, int processes, int rounds, Action<string> progress)
    {
        const int WarmUp = 3;
        var own = new List<double>();
        var overTcp = new List<double>();
        var theirs = new List<double>();
        for (var round = -WarmUp; round < rounds; round++)
        {
            var mine = ours.Run(vector.Length, vector.Count);
            var kept = tcp.Run(vector.Length, vector.Count);
            var rival = gloo?.Run(vector.Length, vector.Count);
            if (round < 0)
            {
                continue;
            }

            own.Add(mine);
            overTcp.Add(kept);
            if (rival is { } seconds)
            {
                theirs.Add(seconds);
            }
        }

        var times = new ExchangeTimes(vector.Name, processes, own, overTcp, theirs);
        progress($"{processes} processes, {vector.Name}: {times.Ours * 1e3:N3} ms, TCP {times.Tcp * 1e3:N3} ms, gloo {times.Gloo * 1e3:N3} ms");
        return times;
    }
}

/// <summary>Times of one vector, round by round.</summary>
/// <param name="Vector">Its size.</param>
/// <param name="Processes">How many exchanged it.</param>
/// <param name="Own">Our seconds.</param>
/// <param name="OverTcp">Our seconds over TCP.</param>
/// <param name="Theirs">Gloo's seconds; empty where it was not there.</param>
internal sealed record ExchangeTimes(string Vector, int Processes, IReadOnlyList<double> Own, IReadOnlyList<double> OverTcp, IReadOnlyList<double> Theirs)
{
    /// <summary>Our median, in seconds.</summary>
    public double Ours => Median(Own);

    /// <summary>Our median over TCP, in seconds.</summary>
    public double Tcp => Median(OverTcp);

    /// <summary>Gloo's median, in seconds; null where it was not there.</summary>
    public double? Gloo => Theirs.Count == 0 ? null : Median(Theirs);

    /// <summary>How often we are done while gloo is done once; null where it was not there.</summary>
    public Ratio? Ratio => Theirs.Count == 0 ? null : Benchmarks.Ratio.Of(Vector, "", Own, Theirs);

    /// <summary>The same over TCP.</summary>
    public Ratio? TcpRatio => Theirs.Count == 0 ? null : Benchmarks.Ratio.Of(Vector, "", OverTcp, Theirs);

    private static double Median(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
