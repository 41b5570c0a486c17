namespace DistributedFreeze.Training.Heads;

/// <summary>What the images of a shard's part of a step are mixed with. Belongs to one device thread; what it gives is valid until the next draw.</summary>
internal interface IMixup
{
    /// <summary>For each image, the place of the one whose features are to be mixed with its own; empty where its pixels were mixed already.</summary>
    ReadOnlySpan<int> Partners { get; }

    /// <summary>For each image, the class of what it is mixed with.</summary>
    ReadOnlySpan<int> Labels { get; }

    /// <summary>For each image, its own share of the mixture, 0 to 1; the other's is the rest.</summary>
    ReadOnlySpan<float> Shares { get; }

    /// <summary>Finds out what the images of a shard are mixed with.</summary>
    /// <param name="epoch">The epoch, counted over all phases.</param>
    /// <param name="images">Indices of the training images, at least one.</param>
    void Draw(int epoch, ReadOnlySpan<int> images);
}
