using System.Diagnostics;
using System.Globalization;

namespace DistributedFreeze.Benchmarks.Exchange;

/// <summary>Child processes that exchange vectors with one another, told what to do by lines and answering by lines.</summary>
internal sealed class Team : IDisposable
{
    private readonly List<Process> _members;

    private Team(List<Process> members) => _members = members;

    /// <summary>Our own exchange.</summary>
    /// <param name="processes">How many.</param>
    /// <param name="options">None for Unix sockets, or <see cref="ExchangeHostProcess.OverTcp"/>.</param>
    public static Team OfOurs(int processes, params string[] options)
    {
        var team = Start(processes, i => (Environment.ProcessPath!, [ExchangeHostProcess.Command, $"{i}", .. options]));
        var ports = team._members.ConvertAll(member => member.StandardOutput.ReadLine());
        team.Tell("hosts " + string.Join(' ', ports));
        return team;
    }

    /// <summary>Gloo's all-reduce by PyTorch.</summary>
    /// <returns>Null where there is no PyTorch.</returns>
    public static Team? OfGloo(int processes, string python, string store)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Exchange", "gloo_all_reduce.py");
        var team = Start(processes, i => (python, [script, $"{i}", $"{processes}", store]));
        if (team._members.All(member => member.StandardOutput.ReadLine() == "ready"))
        {
            return team;
        }

        team.Dispose();
        return null;
    }

    /// <summary>Lets all exchange.</summary>
    /// <param name="length">Elements of the vector.</param>
    /// <param name="count">How often.</param>
    /// <returns>Seconds that one took the slowest.</returns>
    public double Run(int length, int count)
    {
        Tell($"run {length} {count}");
        return _members.Max(member => double.Parse(
            member.StandardOutput.ReadLine() ?? throw new InvalidOperationException("A process of the benchmark ended."), CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        foreach (var member in _members)
        {
            member.StandardInput.Close();
        }

        foreach (var member in _members)
        {
            member.WaitForExit();
            member.Dispose();
        }
    }

    private static Team Start(int processes, Func<int, (string Program, string[] Arguments)> command) =>
        new([.. Enumerable.Range(0, processes).Select(i =>
        {
            var (program, arguments) = command(i);
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        })]);

    private void Tell(string line) => _members.ForEach(member => member.StandardInput.WriteLine(line));
}
