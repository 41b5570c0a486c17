using System.Globalization;
using DistributedFreeze.Cli.Options;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>What a person wants to know of a run that succeeded.</summary>
internal static class ReceiptText
{
    public static void Write(TextWriter output, Receipt receipt, string folder)
    {
        var last = receipt.Phases[^1];
        output.WriteLine(Line("Model", Path.Combine(folder, "model.safetensors")));
        output.WriteLine(Line("Its tensors", $"sha256 {receipt.ModelSha256}"));
        output.WriteLine(Line("Receipt", Path.Combine(folder, "receipt.json")));
        if (receipt.Parent is { } parent)
        {
            output.WriteLine(Line("Started from", $"{receipt.Spec.From}: run {parent.RunId}, model sha256 {parent.ModelSha256}"));
        }

        output.WriteLine(Line("Trained", Invariant($"{last.TrainableParameters:N0} parameters; {last.FrozenParameters:N0} frozen")));
        if (Kept(receipt) is { } kept)
        {
            output.WriteLine(Line("Epoch", kept));
        }

        output.WriteLine(Line("Frozen", Invariant($"{receipt.FrozenLayers.Length} layers{Statistics(receipt)}, every one bit-identical to what was loaded")));
        output.WriteLine(Line("Time", $"{Amount.Duration(receipt.Seconds)} on {Replicas(receipt.Replicas)}; training steps at {Amount.Rate(receipt.ImagesPerSecond)}"));
        if (receipt.TestAccuracy is { } accuracy)
        {
            var correct = Math.Round(accuracy * receipt.TestImages);
            var interval = receipt.Test is { } test ? Invariant($"; 95 % interval {100 * test.AccuracyLow:F1} to {100 * test.AccuracyHigh:F1} %") : "";
            output.WriteLine(Line("Test accuracy", Invariant($"{100 * accuracy:F1} % ({correct:N0} of {receipt.TestImages:N0} images){interval}")));
        }
    }

    /// <summary>The command that a person probably types next.</summary>
    public static void Next(TextWriter output, params string[] command) =>
        output.WriteLine(Line("Next", string.Join(' ', command.Select(ShellWord.Of).Prepend("dfreeze"))));

    private static string Statistics(Receipt receipt) => receipt.FrozenStatistics switch
    {
        [] => "",
        [_] => " and the running statistics of 1 batch norm that trains",
        var norms => Invariant($" and the running statistics of {norms.Length} batch norms that train"),
    };

    /// <summary>Which epoch the model is of; null where it is the last one, or an older version did not say.</summary>
    private static string? Kept(Receipt receipt)
    {
        var (phase, last) = (receipt.Phases.Length - 1, receipt.Phases[^1]);
        if (last.KeptEpoch is not { } kept || kept == last.Epochs - 1)
        {
            return null;
        }

        var best = receipt.Epochs.First(epoch => (epoch.Phase, epoch.Epoch) == (phase, kept));
        return Invariant($"{kept + 1} of {last.Epochs}, the best one: validation loss {best.ValidationLoss:F4}, accuracy {100 * best.ValidationAccuracy:F1} %");
    }

    /// <summary>The number and the word.</summary>
    public static string Replicas(int count) => count == 1 ? "1 replica" : Invariant($"{count} replicas");

    private static string Line(string name, string value) => $"{name,-14} {value}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
