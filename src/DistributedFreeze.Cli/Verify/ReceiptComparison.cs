using System.Globalization;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Cli.Verify;

/// <summary>What two receipts of one run tell apart. Pure and thread-safe.</summary>
internal static class ReceiptComparison
{
    /// <summary>Lists what differs, causes before what follows from them.</summary>
    /// <remarks>The number of replicas, the time and the folder are left out: none of them may change a model.</remarks>
    /// <param name="then">The receipt that is verified.</param>
    /// <param name="now">That of the run that was made of it.</param>
    public static IEnumerable<Difference> Of(Receipt then, Receipt now)
    {
        foreach (var difference in (Difference?[])
        [
            Text("images", then.DataSha256, now.DataSha256),
            Text("weights of the base", then.BaseSha256, now.BaseSha256),
            Text("model that the run started from", then.Parent?.ModelSha256 ?? "", now.Parent?.ModelSha256 ?? ""),
            Text("classes", string.Join(", ", then.Classes), string.Join(", ", now.Classes)),
            Text("preprocessing", Name(then.Preprocessing), Name(now.Preprocessing)),
            Text("frozen layers of the last phase", then.MaskHash, now.MaskHash),
            Text("program", then.Program, now.Program),
            Text("devices", Devices(then), Devices(now)),
            then.Platform is null || now.Platform is null ? null : Text("what computed", Computed(then), Computed(now)),
            Epochs(then, now),
            Text("model", then.ModelSha256, now.ModelSha256),
        ])
        {
            if (difference is not null)
            {
                yield return difference;
            }
        }
    }

    private static Difference? Text(string what, string then, string now) => then == now ? null : new(what, then, now);

    private static string Name(PreprocessingChoice? choice) => choice is null ? "" : RunEnums.NameOf(choice.Taken);

    private static string Devices(Receipt receipt) => string.Join(", ", receipt.Devices.Distinct().Order(StringComparer.Ordinal));

    /// <summary>Other instructions or libraries have other kernels, which add in another order.</summary>
    private static string Computed(Receipt receipt) =>
        $"{(receipt.DeviceClasses is { } several ? string.Join(" and ", several) : receipt.Platform!.Device)}, libtorch {receipt.Platform!.LibTorch}, oneDNN {receipt.Platform.OneDnn ?? "unknown"}, prefix {receipt.Platform.PrefixEngine}";

    /// <summary>The first epoch that went another way: before it, everything was the same.</summary>
    private static Difference? Epochs(Receipt then, Receipt now)
    {
        foreach (var (before, after) in then.Epochs.Zip(now.Epochs))
        {
            // Losses are sums in a fixed order, so that they are equal or the weights are not.
            if ((before.TrainLoss, before.ValidationLoss) != (after.TrainLoss, after.ValidationLoss))
            {
                return new(string.Create(CultureInfo.InvariantCulture, $"epoch {before.Epoch + 1} of phase {before.Phase + 1}, the first that differs"), Losses(before), Losses(after));
            }
        }

        return Text("epochs", $"{then.Epochs.Length}", $"{now.Epochs.Length}");
    }

    private static string Losses(EpochResult epoch) => string.Create(
        CultureInfo.InvariantCulture, $"train loss {epoch.TrainLoss:R}{(epoch.ValidationLoss is { } validation ? $", validation loss {validation:R}" : "")}");
}
