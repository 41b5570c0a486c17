using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>What a run needs on a host like this one, as far as the names of its files say.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Plan">Its plan.</param>
/// <param name="Memory">What it needs.</param>
public sealed record MemoryEstimate(RunPlan Plan, RunMemory Memory)
{
    /// <summary>Looks at the class folders alone, and takes as many images as need the most memory.</summary>
    /// <param name="spec">A valid run whose data folder is there.</param>
    /// <returns>Null where the folder has too few classes, or cannot be listed.</returns>
    /// <exception cref="InvalidInputException">No array could hold its vectors.</exception>
    public static MemoryEstimate? Of(RunSpec spec) => Classes(spec) is { } classes ? Of(RunPlan.Of(spec, classes), images: null) : null;

    /// <summary>Predicts.</summary>
    /// <param name="plan">The run's plan.</param>
    /// <param name="images">How many images there are; null for as many as need the most memory.</param>
    /// <exception cref="InvalidInputException">No array could hold its vectors.</exception>
    public static MemoryEstimate Of(RunPlan plan, RunImages? images) => VectorLimit.Check(plan) is { } problem
        ? throw new InvalidInputException([problem])
        : new(plan, MemoryEstimator.Of(plan, images, RunHost.Current));

    /// <summary>The same with as many images as the folder has; a large one takes a while to list.</summary>
    /// <exception cref="InvalidInputException">It cannot be listed, or is laid out in another way.</exception>
    public MemoryEstimate WithCountedImages() => Of(Plan, RunImages.Of(DataOutline.Read(Plan.Spec.Data, Plan.Spec.Seed)));

    private static int? Classes(RunSpec spec)
    {
        try
        {
            var classes = spec.Model.Classes ?? DataOutline.ClassesIn(spec.Data.Path, "data.path").Length;
            return classes >= 2 ? classes : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
