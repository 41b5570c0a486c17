using System.Collections.Immutable;

namespace DistributedFreeze.Errors;

/// <summary>Input that cannot be run. Thrown before anything starts; the command line ends with exit code 2.</summary>
[GenerateSerializer, Alias("df.invalid-input")]
public sealed class InvalidInputException : Exception
{
    /// <param name="problems">At least one problem, in the order a person should mend them.</param>
    /// <exception cref="ArgumentException"><paramref name="problems"/> is empty.</exception>
    public InvalidInputException(IEnumerable<Problem> problems)
        : this([.. problems.Select(problem => new Problem(PlainText.Line(problem.Field), PlainText.Lines(problem.Message)))])
    {
    }

    /// <param name="field">The field, option or file at fault.</param>
    /// <param name="message">What is wrong and what would be right.</param>
    public InvalidInputException(string field, string message)
        : this((IEnumerable<Problem>)[new Problem(field, message)])
    {
    }

    private InvalidInputException(ImmutableArray<Problem> problems)
        : base(string.Join(Environment.NewLine, problems))
    {
        if (problems.IsEmpty)
        {
            throw new ArgumentException("An invalid input has at least one problem.", nameof(problems));
        }

        Problems = problems;
    }

    /// <summary>Everything that is wrong; never empty.</summary>
    [Id(0)]
    public ImmutableArray<Problem> Problems { get; private set; }

    /// <summary>True where the cause is storage that cannot be used, which whoever runs the silos has to mend: a folder that cannot be read or written, or is gone.</summary>
    [Id(1)]
    public bool IsStorage { get; init; }
}
