using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Collects problems in the order they are found.</summary>
internal sealed class ProblemList
{
    /// <summary>More than there are classes in any data set, or layers.</summary>
    private const int MostNumbers = 10_000;

    /// <summary>As the name of a folder; comparing longer ones with what they may have meant takes long.</summary>
    private const int LongestName = 255;

    private readonly ImmutableArray<Problem>.Builder _problems = ImmutableArray.CreateBuilder<Problem>();

    private readonly Dictionary<string, FieldRange> _ranges = new(StringComparer.Ordinal);

    /// <summary>The ranges of the fields that were looked at.</summary>
    public IReadOnlyDictionary<string, FieldRange> Ranges => _ranges;

    /// <summary>Keeps the range of a field that is judged in another way than by <see cref="Whole"/> and <see cref="Real"/>.</summary>
    public void Note(string field, double min, double max) => _ranges[field] = new(min, true, max, true);

    public ImmutableArray<Problem> ToImmutable() => _problems.ToImmutable();

    public void Add(string field, string message) => _problems.Add(new(field, message));

    public void AddRange(IEnumerable<Problem> problems) => _problems.AddRange(problems);

    /// <returns>Whether the value is in its range.</returns>
    public bool Whole(string field, long value, long min, long max)
    {
        Note(field, min, max);
        var fits = value >= min && value <= max;
        if (!fits)
        {
            Add(field, string.Create(CultureInfo.InvariantCulture, $"is {value}, but must be a whole number from {min} to {max}"));
        }

        return fits;
    }

    /// <returns>Whether the value is in its range, which NaN and the infinities never are.</returns>
    public bool Real(string field, double value, Interval interval)
    {
        _ranges[field] = new(interval.Min, interval.IncludesMin, interval.Max, interval.IncludesMax);
        var fits = interval.Contains(value);
        if (!fits)
        {
            Add(field, string.Create(CultureInfo.InvariantCulture, $"is {value}, but must be {interval}"));
        }

        return fits;
    }

    /// <returns>Whether the numbers are there, and every one is in its range and has a name.</returns>
    public bool Numbers(string field, NamedNumbers numbers, Interval interval)
    {
        _ranges[field] = new(interval.Min, interval.IncludesMin, interval.Max, interval.IncludesMax);
        if (!Present(field, numbers) || numbers.IsEmpty)
        {
            return numbers is not null;
        }

        if (numbers.All.Length > MostNumbers || numbers.All.Any(number => number?.Name is not { Length: > 0 and <= LongestName }))
        {
            Add(field, $"must have at most {MostNumbers:N0} numbers, each under a name of 1 to {LongestName} characters");
            return false;
        }

        var wrong = numbers.All.Where(number => !interval.Contains(number.Value)).ToList();
        foreach (var (name, value) in wrong)
        {
            Add(field, string.Create(CultureInfo.InvariantCulture, $"is {value} for '{name}', but must be {interval}"));
        }

        return wrong.Count == 0;
    }

    public void Defined<T>(string field, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Add(field, $"is {value}, but must be one of {string.Join(", ", RunEnums.Of(typeof(T))?.All ?? [.. Enum.GetNames<T>()])}");
        }
    }

    /// <returns>Whether the section is there.</returns>
    public bool Present(string field, object? section)
    {
        if (section is null)
        {
            Add(field, "is empty; give its fields, or leave it out where it has defaults");
        }

        return section is not null;
    }
}
