using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Remote;

/// <summary>Parts of a run's status in words.</summary>
internal static class RunStatusText
{
    /// <summary>The state, and the place in the queue of a run that waits.</summary>
    public static string State(RunStatus run) => RunEnums.NameOf(run.State)
        + (run.QueuePosition > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({run.QueuePosition})") : "");

    /// <summary>Epochs that are done, of all.</summary>
    public static string Epochs(RunStatus run) =>
        string.Create(CultureInfo.InvariantCulture, $"{run.EpochsDone}/{run.Spec?.Phases.Sum(phase => phase.Epochs)}").TrimEnd('/');

    /// <summary>Number of devices that it owns now.</summary>
    public static string Devices(RunStatus run) =>
        run.Devices.IsDefaultOrEmpty ? "-" : run.Devices.Length.ToString(CultureInfo.InvariantCulture);

    /// <summary>Labels as options have them.</summary>
    public static string Labels(RunLabels labels) => string.Join(", ", labels.All.Select(label => $"{label.Name}={label.Value}"));

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";
}
