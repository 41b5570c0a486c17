using System.Diagnostics;

namespace DistributedFreeze.Benchmarks;

/// <summary>Times several things in turn, round after round, so that a machine whose speed drifts drifts under all of them.</summary>
internal sealed class Rounds
{
    private readonly Dictionary<string, (Func<double> Run, List<double> Seconds)> _subjects = [];

    /// <summary>Adds something to time.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="run">Does it once and returns how many images that were.</param>
    public void Add(string name, Func<int> run) => _subjects.Add(name, (() =>
    {
        var started = Stopwatch.GetTimestamp();
        var images = run();
        return Stopwatch.GetElapsedTime(started).TotalSeconds / images;
    }, []));

    /// <summary>Runs one round that doesn't count and then those that do.</summary>
    public void Run(int rounds, Action<string> progress)
    {
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, (run, seconds)) in _subjects)
            {
                var perImage = run();
                progress($"round {round}/{rounds}  {name}: {1 / perImage:N1} images/s");
                if (round > 0)
                {
                    seconds.Add(perImage);
                }
            }
        }
    }

    /// <summary>Seconds per image of a subject, round by round.</summary>
    public IReadOnlyList<double> this[string name] => _subjects[name].Seconds;
}
