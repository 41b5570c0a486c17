using System.Diagnostics;
using DistributedFreeze.Data;
using DistributedFreeze.Exchange;
using DistributedFreeze.Training.Features;

namespace DistributedFreeze.Training.Tails;

/// <summary>What comes after the boundary: computes shards forward and backward, and scores images.</summary>
/// <remarks>Belongs to one device thread.</remarks>
internal interface ITail : IDisposable
{
    /// <summary>What the last shard brings to its step, valid until the next one is computed; if it is deferred, until the next step begins.</summary>
    IShardContribution Contribution { get; }

    /// <summary>Images that are scored at a time, the last ones padded: one shape, and so the same bits whatever stands beside an image.</summary>
    int BlockSize { get; }

    /// <summary>Forgets the shards of the last step.</summary>
    void BeginStep();

    /// <summary>Computes one shard of a step.</summary>
    /// <param name="features">Gives the features of exactly these images next.</param>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="images">Indices of the shard's training images, at least one and at most a shard's batch.</param>
    /// <returns>When the forward pass was done, as <see cref="Stopwatch.GetTimestamp"/> has it; on a GPU, when it was queued.</returns>
    long Train(IFeatureSource features, int epoch, ReadOnlySpan<int> images);

    /// <summary>Scores images without training, an image's score depending on nothing but the image.</summary>
    /// <param name="features">Gives the features of exactly these images next.</param>
    /// <param name="images">At most <see cref="BlockSize"/> images.</param>
    /// <param name="answers">Receives the number of the class that each image is said to be of.</param>
    /// <param name="losses">Receives the loss of each image.</param>
    void Score(IFeatureSource features, ReadOnlySpan<LabelledImage> images, Span<int> answers, Span<double> losses);
}
