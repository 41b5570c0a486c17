using System.Text.RegularExpressions;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Runs;

/// <summary>What may be a run's id. Thread-safe.</summary>
public static partial class RunIds
{
    /// <summary>A new id; later ones sort after earlier ones.</summary>
    public static string New() => Guid.CreateVersion7().ToString("N");

    /// <summary>Refuses an id that is none.</summary>
    /// <exception cref="InvalidInputException">It is not 1 to 64 letters, digits, dots, dashes and underscores, or begins with a dot.</exception>
    public static void EnsureValid(string runId)
    {
        if (!IsValid(runId))
        {
            throw new InvalidInputException("run id", "must be 1 to 64 letters of a to z, digits, '.', '-' and '_', and not begin with '.'");
        }
    }

    /// <summary>Whether a text is 1 to 64 letters, digits, dots, dashes and underscores, and does not begin with a dot.</summary>
    public static bool IsValid(string runId) => Form().IsMatch(runId);

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Form();
}
