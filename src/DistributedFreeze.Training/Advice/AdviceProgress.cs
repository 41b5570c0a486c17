namespace DistributedFreeze.Training.Advice;

/// <summary>How far an <see cref="Adviser"/> is.</summary>
/// <param name="Stage">What it does now.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="All">How much there is, in the same unit: images, regressions, or seconds as they were predicted.</param>
/// <param name="What">What was done last; null for nothing in particular.</param>
public readonly record struct AdviceProgress(AdviceStage Stage, double Done, double All, string? What = null);

/// <summary>What an <see cref="Adviser"/> does.</summary>
public enum AdviceStage
{
    /// <summary>Every image goes through the frozen base once.</summary>
    Images = 0,

    /// <summary>Each depth is probed.</summary>
    Depths = 1,

    /// <summary>Candidates are trained for some epochs.</summary>
    ShortRuns = 2,

    /// <summary>Gradients of some training images by every layer are computed; before the short runs.</summary>
    Gradients = 3,
}
