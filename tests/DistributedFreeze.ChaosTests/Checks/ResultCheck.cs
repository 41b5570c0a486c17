using DistributedFreeze.Chaos.Scenarios;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Chaos.Checks;

/// <summary>What a run must have come to.</summary>
internal static class ResultCheck
{
    /// <summary>What differs from the run that nothing disturbed.</summary>
    /// <param name="scenario">What befell it.</param>
    /// <param name="ended">What the run came to.</param>
    /// <param name="undisturbed">What the undisturbed run came to.</param>
    /// <param name="elapsed">How long it took, by a clock that nobody sets.</param>
    public static IEnumerable<string> Of(Scenario scenario, RunStatus ended, Receipt undisturbed, TimeSpan elapsed)
    {
        if (!scenario.Succeeds && ended.State == RunState.Cancelled)
        {
            yield break;
        }

        if (ended is not { State: RunState.Succeeded, Receipt: { } receipt })
        {
            yield return $"the run ended as {ended.State}: {ended.Reason}";
            yield break;
        }

        if (receipt.Seconds < 0 || receipt.Seconds > elapsed.TotalSeconds)
        {
            yield return $"the receipt says that it took {receipt.Seconds} s where {elapsed.TotalSeconds} s have passed";
        }

        if (receipt.ModelSha256 != undisturbed.ModelSha256)
        {
            yield return $"the model is {receipt.ModelSha256} where the undisturbed run's is {undisturbed.ModelSha256}";
        }

        if (!receipt.TrainLoss.SequenceEqual(undisturbed.TrainLoss))
        {
            yield return $"the training losses differ from epoch {receipt.TrainLoss.Zip(undisturbed.TrainLoss).TakeWhile(pair => pair.First == pair.Second).Count() + 1} on";
        }

        if (!receipt.Epochs.Select(epoch => (epoch.ValidationLoss, epoch.ValidationAccuracy)).SequenceEqual(
            undisturbed.Epochs.Select(epoch => (epoch.ValidationLoss, epoch.ValidationAccuracy))))
        {
            yield return "the validation results differ";
        }

        if ((receipt.TestLoss, receipt.TestAccuracy) != (undisturbed.TestLoss, undisturbed.TestAccuracy))
        {
            yield return $"the test came to {receipt.TestLoss} where the undisturbed run's came to {undisturbed.TestLoss}";
        }
    }

    /// <summary>Files that a writer has left half-written.</summary>
    public static IEnumerable<string> OfFolder(string output) => Directory.Exists(output)
        ? Directory.EnumerateFiles(output, "*.tmp").Select(file => $"{Path.GetFileName(file)} was left in the output folder")
        : [];
}
