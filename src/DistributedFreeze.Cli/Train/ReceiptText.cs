using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Train;

/// <summary>What a person wants to know of a run that succeeded.</summary>
internal static class ReceiptText
{
    public static void Write(TextWriter output, Receipt receipt, string folder)
    {
        var last = receipt.Phases[^1];
        output.WriteLine(Line("Model", $"{Path.Combine(folder, "model.safetensors")}, sha256 {receipt.ModelSha256}"));
        output.WriteLine(Line("Receipt", Path.Combine(folder, "receipt.json")));
        output.WriteLine(Line("Trained", Invariant($"{last.TrainableParameters:N0} parameters; {last.FrozenParameters:N0} frozen")));
        output.WriteLine(Line("Frozen", Invariant($"{receipt.FrozenLayers.Length} layers{Statistics(receipt)}, every one bit-identical to what was loaded")));
        output.WriteLine(Line("Time", Invariant($"{Duration(receipt.Seconds)} on {Replicas(receipt.Replicas)}, {receipt.ImagesPerSecond:F1} images/s")));
        if (receipt.TestAccuracy is { } accuracy)
        {
            var correct = Math.Round(accuracy * receipt.TestImages);
            output.WriteLine(Line("Test accuracy", Invariant($"{100 * accuracy:F1} % ({correct:N0} of {receipt.TestImages:N0} images)")));
        }
    }

    private static string Statistics(Receipt receipt) => receipt.FrozenStatistics switch
    {
        [] => "",
        [_] => " and the running statistics of 1 batch norm that trains",
        var norms => Invariant($" and the running statistics of {norms.Length} batch norms that train"),
    };

    /// <summary>The number and the word.</summary>
    public static string Replicas(int count) => count == 1 ? "1 replica" : Invariant($"{count} replicas");

    /// <summary>Hours, minutes and seconds, as far as they are needed.</summary>
    public static string Duration(double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        return time.TotalMinutes < 1
            ? Invariant($"{seconds:F1} s")
            : time.ToString(time.TotalHours < 1 ? @"m\:ss" : @"h\:mm\:ss", CultureInfo.InvariantCulture);
    }

    private static string Line(string name, string value) => $"{name,-14} {value}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
