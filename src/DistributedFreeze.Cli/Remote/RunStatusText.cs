using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary>Parts of a run's status in words.</summary>
internal static class RunStatusText
{
    public static string State(RunStatus run) => run.State.ToString().ToLowerInvariant();

    /// <summary>Epochs that are done, of all.</summary>
    public static string Epochs(RunStatus run) =>
        string.Create(CultureInfo.InvariantCulture, $"{run.Progress.Epochs.Length}/{run.Spec?.Phases.Sum(phase => phase.Epochs)}").TrimEnd('/');

    public static string Submitted(RunStatus run) => run.SubmittedAt?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";
}
