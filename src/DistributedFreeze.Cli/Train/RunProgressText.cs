using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>One line of text for each kind of event.</summary>
internal sealed class RunProgressText(RunSpec spec)
{
    public const string Stopping = "stopping after this step; Ctrl-C again ends at once, without a checkpoint";

    // Class names are left out: there may be a thousand.
    public static string Prepared(RunEvent.Prepared prepared) => Invariant(
        $"{prepared.TrainImages:N0} images to train on, {prepared.ValidationImages:N0} to validate, {prepared.TestImages:N0} to test; {prepared.Classes.Length} classes; {ReceiptText.Replicas(prepared.Replicas)}");

    public static string PhaseStarted(RunEvent.PhaseStarted phase) => Invariant(
        $"phase {phase.Phase + 1}/{phase.Phases}: {phase.TrainableParameters:N0} parameters train after {phase.Boundary}, {phase.FrozenParameters:N0} are frozen");

    public string Place(int phase, int epoch) =>
        (spec.Phases.Length == 1 ? "" : Invariant($"phase {phase + 1}/{spec.Phases.Length} "))
        + Invariant($"epoch {epoch + 1}/{spec.Phases[phase].Epochs}");

    public static string Numbers(RunEvent.WindowDone window) => Invariant(
        $"{Amount.Rate(window.ImagesPerSecond)}  loss {Loss(window.Loss)}  accuracy {100 * window.Accuracy:F0} %  ETA {Eta(window.Remaining)}");

    public string EpochDone(EpochResult epoch)
    {
        var validation = epoch is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy }
            ? Invariant($"; validation {Loss(loss)}, {100 * accuracy:F1} %") + (epoch.IsBest ? ", the best so far" : "")
            : "";
        return Place(epoch.Phase, epoch.Epoch) + Invariant(
            $"  loss {Loss(epoch.TrainLoss)}, accuracy {100 * epoch.TrainAccuracy:F1} %{validation}; {Amount.Duration(epoch.Seconds)}");
    }

    /// <summary>With which weights a phase ended; null where that goes without saying.</summary>
    public static string? PhaseDone(RunEvent.PhaseDone phase) => phase.EndedEarly || phase.Kept < phase.Epochs - 1 ? RunEventText.Of(phase) : null;

    /// <summary>What changed the course of a run; null for any other event.</summary>
    public static string? Turn(RunEvent happened) => happened is RunEvent.Queued or RunEvent.StorageUnavailable or RunEvent.ReplicaLost or RunEvent.Regrouped
        or RunEvent.PickedUp or RunEvent.SetBack or RunEvent.Straggler or RunEvent.Paused or RunEvent.Resumed
            ? RunEventText.Of(happened)
            : null;

    // A run that diverges would fill the line with digits.
    private static string Loss(double loss) => loss < 10 ? Invariant($"{loss:F4}") : loss < 10_000 ? Invariant($"{loss:F2}") : Invariant($"{loss:E1}");

    private static string Eta(TimeSpan? remaining) => remaining is not { } time
        ? "-"
        : time.ToString(time.TotalHours < 1 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
