using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;

namespace DistributedFreeze.Runs;

/// <summary>A run's events as text: its log. Fields are named as in a run file. Pure and thread-safe.</summary>
public static class RunEventText
{
    /// <summary>One line of a log: the time in UTC, the number of the event, and what happened.</summary>
    /// <param name="happened">The event, as the cluster told it.</param>
    public static string Line(RunEvent happened) => Invariant(
        $"{happened.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z {happened.Sequence,5}  {Of(happened)}");

    /// <summary>What happened, in one line and without its time.</summary>
    /// <param name="happened">The event.</param>
    public static string Of(RunEvent happened) => PlainText.Line(Words(happened));

    private static string Words(RunEvent happened) => FieldNames.OfRunFile.In(happened) switch
    {
        RunEvent.Queued { Position: > 0 } queued => Invariant($"waiting for devices, number {queued.Position} in the queue") + (queued.Reason is { } reason ? $": {reason}" : ""),
        RunEvent.Queued => "waiting for devices",
        RunEvent.Prepared prepared => Prepared(prepared),
        RunEvent.PhaseStarted phase => Invariant(
            $"phase {phase.Phase + 1}/{phase.Phases}: {phase.TrainableParameters:N0} parameters train after {phase.Boundary}, {phase.FrozenParameters:N0} are frozen"),
        RunEvent.WindowDone window => Invariant(
            $"{Place(window.Phase, window.Epoch)} step {window.Step}/{window.Steps}: loss {Loss(window.Loss)}, accuracy {100 * window.Accuracy:F1} %; {Amount.Rate(window.ImagesPerSecond)}"),
        RunEvent.EpochDone epoch => Epoch(epoch.Result),
        RunEvent.PhaseDone phase => PhaseDone(phase),
        RunEvent.CheckpointWritten checkpoint => $"checkpoint written: {checkpoint.Path}",
        RunEvent.StorageUnavailable blocked => StorageUnavailable(blocked),
        RunEvent.ReplicaLost lost => $"{Name(lost.Device, lost.Host)} was lost, and the run goes on without it: {OneLine(lost.Reason)}",
        RunEvent.Straggler slow => Invariant($"{Name(slow.Device, slow.Host)} takes {slow.Times:F1} times as long as the others, who wait for it: ")
            + $"its time goes into {PartOf(slow.Part)}" + (slow.MovesShards ? "; others take shards over" : ""),
        RunEvent.Regrouped group => Regrouped(group),
        RunEvent.PickedUp picked => Invariant(
            $"another coordinator goes on from {From(picked.From)}: {Place(picked.Phase, picked.Epoch)} step {picked.Step}") + Drivers(picked),
        RunEvent.SetBack back => Invariant(
            $"goes back to {From(back.From)}, {Place(back.Phase, back.Epoch)} step {back.Step}: {OneLine(back.Reason)}"),
        RunEvent.Paused => "paused, with a checkpoint and without devices",
        RunEvent.Resumed => "resumed",
        RunEvent.Ended { Reason: { } reason } ended => $"{RunEnums.NameOf(ended.State)}: {OneLine(reason)}",
        RunEvent.Ended ended => RunEnums.NameOf(ended.State),
        _ => happened.GetType().Name, // from a silo that is newer than this
    };

    private static string PartOf(string part) => part switch
    {
        "read" => "reading images and features",
        "prefix" => "the frozen layers",
        "tail" => "the layers that train",
        "apply" => "changing weights",
        _ => OneLine(part), // from a silo that is newer than this
    };

    // Class names are left out: there may be a thousand.
    private static string Prepared(RunEvent.Prepared prepared) => Invariant(
        $"{prepared.TrainImages:N0} images to train on, {prepared.ValidationImages:N0} to validate, {prepared.TestImages:N0} to test; {prepared.Classes.Length} classes; {Replicas(prepared.Replicas)}")
        + (prepared.Preprocessing is { } preprocessing ? $"; {OneLine(preprocessing.ToString())}" : "")
        + string.Concat(prepared.Warnings.Select(warning => $"; warning: {OneLine(warning)}"));

    private static string Epoch(EpochResult epoch) => Invariant(
        $"{Place(epoch.Phase, epoch.Epoch)} done: loss {Loss(epoch.TrainLoss)}, accuracy {100 * epoch.TrainAccuracy:F1} %")
        + (epoch is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy }
            ? Invariant($"; validation {Loss(loss)}, {100 * accuracy:F1} %")
            : "")
        + $"; {Amount.Duration(epoch.Seconds)}";

    private static string PhaseDone(RunEvent.PhaseDone phase) => Invariant($"phase {phase.Phase + 1} done after epoch {phase.Epochs}")
        + (phase.EndedEarly ? ", early, since its patience ran out" : "")
        + Invariant($": keeps epoch {phase.Kept + 1}")
        + (phase is { ValidationLoss: { } loss, ValidationAccuracy: { } accuracy } ? Invariant($", validation {Loss(loss)}, {100 * accuracy:F1} %") : "");

    private static string StorageUnavailable(RunEvent.StorageUnavailable blocked) =>
        $"stands still: {blocked.Path}" + (blocked.Bytes > 0 ? Invariant($", {blocked.Bytes:N0} bytes,") : "")
        + $" cannot be written ({OneLine(blocked.Reason.TrimEnd('.', ' '))}). The state is kept in memory; make room or bring the folder back, and the run goes on";

    private static string Regrouped(RunEvent.Regrouped group) =>
        $"goes on with {Replicas(group.Devices.Length)}" + Those("joined", group.Joined) + Those("left", group.Left)
        + (group.OtherClass is { } other ? $" on {other}; so far it was on {group.ClassBefore}, so that its result has other low bits than on one class alone" : "");

    private static string Those(string what, ImmutableArray<string> devices) =>
        devices.IsDefaultOrEmpty ? "" : $"; {what}: {string.Join(", ", devices.Select(device => Name(device)))}";

    private static string Drivers(RunEvent.PickedUp picked) => (picked.By, picked.Before) switch
    {
        (null, _) => "",
        ({ } by, null) => $"; it is on {Place(by)}",
        ({ } by, { } before) when by == before => $"; it is on {Place(by)}, as the one before was",
        ({ } by, { } before) => $"; it is on {Place(by)}, the one before was on {Place(before)}",
    };

    private static string From(string source) => source switch
    {
        "replicas" => "where the replicas are",
        "left-behind" => "a replica that an earlier group had left behind",
        "checkpoint" => "the newest checkpoint",
        _ => "the start",
    };

    private static string Place(int phase, int epoch) => Invariant($"phase {phase + 1} epoch {epoch + 1}");

    private static string Replicas(int count) => count == 1 ? "1 replica" : Invariant($"{count} replicas");

    // A silo's address and generation, without what Orleans writes around them.
    private static string Name(string device, string? host = null) =>
        device.Contains('/', StringComparison.Ordinal) ? $"{DeviceId.Name(device)} of {Place(new(DeviceId.Silo(device), host))}" : device;

    private static string Place(SiloPlace silo) => silo.Host is { } host ? $"{host} ({silo.Address})" : silo.Address;

    // A run that diverges would fill the line with digits.
    private static string Loss(double loss) => loss < 10_000 ? Invariant($"{loss:F4}") : Invariant($"{loss:E1}");

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
