using System.Globalization;
using System.Text;

namespace DistributedFreeze.Hostile.Fuzzing;

/// <summary>Tries a reader with inputs that are made out of whole ones: each ends well or in a documented exception, soon, and without taking much memory.</summary>
/// <remarks>
/// Half of the inputs are made of whole ones, the others of inputs that ended well or in a way that was not seen before, which leads on where a reader
/// takes many steps. A seed always makes the same inputs of a reader that does the same. What is being read lies in the target's folder, also after it
/// ended the process.
/// </remarks>
/// <param name="target">The reader.</param>
/// <param name="seed">Makes the inputs.</param>
/// <param name="kept">Where inputs that fail are kept.</param>
internal sealed class Fuzzer(FuzzTarget target, int seed, string kept)
{
    private const long MostBytes = 256 << 20;
    private const int LongestInput = 1 << 16;
    private const int MostKept = 500;
    private const int MostFindings = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Random _random = new(seed);
    private readonly List<byte[]> _whole = [];
    private readonly List<byte[]> _others = [];
    private readonly HashSet<string> _outcomes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _findings = new(StringComparer.Ordinal);
    private int _well;
    private int _refused;
    private Cost _most;

    /// <summary>Tries some inputs.</summary>
    /// <param name="inputs">How many.</param>
    /// <param name="cancellationToken">Ends it between two inputs.</param>
    /// <exception cref="InvalidOperationException">A whole input does not end well, so that nothing is learned of those made of it.</exception>
    public FuzzReport Run(int inputs, CancellationToken cancellationToken)
    {
        _whole.AddRange(target.Seeds());
        var mutator = new Mutator(_random, [.. target.Words()], target.IsText, Math.Max(LongestInput, 2 * _whole.Max(input => input.Length)));
        foreach (var (i, whole) in _whole.Index())
        {
            // What is slow only the first time, such as compiling, is done then.
            if (Outcome(whole) is { } wrong && i == 0)
            {
                throw new InvalidOperationException($"{target.Name}: the first whole input does not end well.", wrong);
            }
        }

        var tried = 0;
        for (; tried < inputs && !cancellationToken.IsCancellationRequested && _findings.Count < MostFindings; tried++)
        {
            Try(target.Mend(target.Mutate(mutator, Any(), Any())), tried);
        }

        return new(target.Name, seed, tried, _well, _refused, _outcomes.Count, _most, [.. _findings.Values]);
    }

    /// <summary>Reads one input as it is.</summary>
    /// <returns>How it ended, and what is wrong with that; null where nothing is.</returns>
    public (string Outcome, string? Fault) Replay(byte[] input)
    {
        var (cost, exception) = Measured(input);
        return (Text(exception), Fault(cost, exception));
    }

    private byte[] Any() => _others.Count == 0 || _random.Next(2) == 0 ? _whole[_random.Next(_whole.Count)] : _others[_random.Next(_others.Count)];

    private void Try(byte[] input, int number)
    {
        var (cost, exception) = Measured(input);
        _ = exception is null ? _well++ : _refused++;
        _most = new(cost.Time > _most.Time ? cost.Time : _most.Time, Math.Max(cost.Bytes, _most.Bytes));
        if (_outcomes.Add(Kind(exception)) || exception is null)
        {
            if (_others.Count < MostKept)
            {
                _others.Add(input);
            }
            else
            {
                _others[_random.Next(_others.Count)] = input;
            }
        }

        if (Fault(cost, exception) is { } fault && !_findings.ContainsKey(Kind(exception)))
        {
            Directory.CreateDirectory(kept);
            var path = Path.Combine(kept, string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{seed}-{number}{Path.GetExtension(target.Path)}"));
            File.WriteAllBytes(path, input);
            _findings.Add(Kind(exception), $"{path}: {fault}");
        }
    }

    /// <summary>Reads an input; one that seems to cost too much again, since others may have had a part in that.</summary>
    private (Cost Cost, Exception? Exception) Measured(byte[] input)
    {
        Exception? exception = null;
        File.WriteAllBytes(target.Path, input);
        var cost = Meter.Of(() => exception = Outcome(input, isWritten: true), target.IsNative);
        for (var tries = 0; tries < 2 && IsTooMuch(cost); tries++)
        {
            var again = Meter.Of(() => exception = Outcome(input), target.IsNative);
            cost = new(again.Time < cost.Time ? again.Time : cost.Time, Math.Min(again.Bytes, cost.Bytes));
        }

        return (cost, exception);
    }

    private static bool IsTooMuch(Cost cost) => cost.Time > Longest || cost.Bytes > MostBytes;

    private Exception? Outcome(byte[] input, bool isWritten = false)
    {
        if (!isWritten)
        {
            File.WriteAllBytes(target.Path, input);
        }

        try
        {
            target.Read(input);
            return null;
        }
        catch (Exception e)
        {
            return e; // whatever it is: it is judged
        }
    }

    private string? Fault(Cost cost, Exception? exception) =>
        exception is not null && !target.Documents(exception) ? exception.ToString()
        : IsTooMuch(cost) ? string.Create(CultureInfo.InvariantCulture, $"takes {cost.Time.TotalSeconds:0.0} s and {cost.Bytes >> 20} MB; {Text(exception)}")
        : null;

    private static string Text(Exception? exception) => exception is null ? "it ends well" : $"{exception.GetType().Name}: {exception.Message}";

    /// <summary>An exception without the numbers and names that each input has others of.</summary>
    private static string Kind(Exception? exception)
    {
        var kind = new StringBuilder();
        foreach (var letter in Text(exception).Where(letter => char.IsAsciiLetter(letter) || letter == ' ').Take(160))
        {
            kind.Append(letter);
        }

        return kind.ToString();
    }
}

/// <summary>What a reader did with many inputs.</summary>
/// <param name="Target">The reader.</param>
/// <param name="Seed">What made the inputs.</param>
/// <param name="Inputs">How many.</param>
/// <param name="Well">Those that ended well.</param>
/// <param name="Refused">Those that ended in an exception.</param>
/// <param name="Outcomes">Different ways to end.</param>
/// <param name="Most">The longest time, and the most memory.</param>
/// <param name="Findings">What is wrong, one of each kind.</param>
internal sealed record FuzzReport(string Target, int Seed, int Inputs, int Well, int Refused, int Outcomes, Cost Most, IReadOnlyList<string> Findings)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Target}, seed {Seed}: {Inputs} inputs, {Well} ended well and {Refused} were refused, in {Outcomes} ways; the longest took {Most.Time.TotalMilliseconds:0} ms, the largest {Most.Bytes / 1048576.0:0.0} MB; {Findings.Count} findings");
}
