using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>The blocks that a head should see together, and what regressions on the channel means that heads would read have said. Immutable.</summary>
/// <param name="Layers">The layers that the blocks end with, in the network's order; none where none were chosen.</param>
/// <param name="OfSplits">The same for each split of the images, chosen without those that judge there.</param>
/// <param name="Answers">What was said of training images.</param>
internal sealed record ChosenBlocks(ImmutableArray<string> Layers, ImmutableArray<ImmutableArray<string>> OfSplits, HeadAnswers Answers)
{
    public static ChosenBlocks None { get; } = new([], [], HeadAnswers.None);
}
