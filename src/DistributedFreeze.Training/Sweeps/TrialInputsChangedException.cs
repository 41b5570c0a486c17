using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Training.Sweeps;

/// <summary>What is known of a trial was found out with other images or weights than there are now.</summary>
/// <param name="trial">Which trial, from 0.</param>
/// <param name="known">What it was trained on.</param>
/// <param name="found">What is there now.</param>
public sealed class TrialInputsChangedException(int trial, TrialInputs known, TrialInputs found)
    : Exception($"The inputs of trial {trial + 1} have changed since it was trained: {known} then, {found} now.")
{
    /// <summary>Which trial, from 0.</summary>
    public int Trial { get; } = trial;

    /// <summary>Whether its images, or how they are divided, are others.</summary>
    public bool AreImagesOthers { get; } = known.DataSha256 != found.DataSha256;

    /// <summary>Whether its base is another.</summary>
    public bool IsBaseAnother { get; } = known.BaseSha256 != found.BaseSha256;
}
