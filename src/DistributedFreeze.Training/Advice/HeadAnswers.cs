using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>What a regression on the channel means that a head would read says of the same training images, each while it was held out; empty where none was asked.</summary>
/// <param name="Last">Of the last block alone.</param>
/// <param name="Stages">Of the ends of all stages.</param>
/// <param name="Chosen">Of the blocks that were chosen without the image.</param>
internal readonly record struct HeadAnswers(ImmutableArray<Answer> Last, ImmutableArray<Answer> Stages, ImmutableArray<Answer> Chosen)
{
    public static HeadAnswers None { get; } = new([], [], []);
}
