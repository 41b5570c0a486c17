using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>One line of text for each kind of event.</summary>
internal sealed class RunProgressText(RunSpec spec)
{
    public const string Stopping = "stopping after this step and writing a checkpoint; Ctrl-C again ends at once, without one";

    public static string Prepared(RunEvent.Prepared prepared) => Invariant(
        $"{prepared.TrainImages:N0} images to train on, {prepared.ValidationImages:N0} to validate, {prepared.TestImages:N0} to test, {prepared.Classes.Length} classes ({string.Join(", ", prepared.Classes)}), {ReceiptText.Replicas(prepared.Replicas)}");

    public static string PhaseStarted(RunEvent.PhaseStarted phase) => Invariant(
        $"phase {phase.Phase + 1}/{phase.Phases}: {phase.TrainableParameters:N0} parameters train after {phase.Boundary}, {phase.FrozenParameters:N0} are frozen, {phase.AllReduceBytes:N0} bytes per all-reduce");

    public string Place(int phase, int epoch) => Invariant($"phase {phase + 1}/{spec.Phases.Length} epoch {epoch + 1}/{spec.Phases[phase].Epochs}");

    public static string Numbers(RunEvent.WindowDone window) => Invariant(
        $"loss {window.Loss:F4}  accuracy {100 * window.Accuracy:F1} %  {window.ImagesPerSecond:F1} images/s  ETA {Eta(window.Remaining)}");

    public string EpochDone(EpochResult epoch)
    {
        var validation = epoch is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy }
            ? Invariant($"  validation loss {loss:F4} accuracy {100 * accuracy:F1} %")
            : "";
        return Place(epoch.Phase, epoch.Epoch) + Invariant(
            $"  loss {epoch.TrainLoss:F4} accuracy {100 * epoch.TrainAccuracy:F1} %{validation}  {epoch.ImagesPerSecond:F1} images/s  {epoch.Seconds:F1} s");
    }

    private static string Eta(TimeSpan? remaining) => remaining is { } time ? ReceiptText.Duration(Math.Round(time.TotalSeconds)) : "-";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
