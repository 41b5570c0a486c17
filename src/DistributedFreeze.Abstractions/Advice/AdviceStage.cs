namespace DistributedFreeze.Advice;

/// <summary>What is done for advice.</summary>
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

    /// <summary>A device of the cluster is waited for; before everything else, and again where a device was lost.</summary>
    Waiting = 4,
}
