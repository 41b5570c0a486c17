namespace DistributedFreeze.Advice;

/// <summary>How well the channel means of one depth tell the classes apart, on images that the probe had not seen.</summary>
/// <param name="Name">The layer that the depth ends with, or <c>all blocks</c>.</param>
/// <param name="Features">Channels.</param>
/// <param name="Accuracy">Share of the images, 0 to 1.</param>
/// <param name="AccuracyLow">Lower end of its 95 % interval.</param>
/// <param name="AccuracyHigh">Upper end of its 95 % interval.</param>
/// <param name="Loss">Mean cross-entropy.</param>
[GenerateSerializer, Immutable, Alias("df.depth-score")]
public sealed record DepthScore([property: Id(0)] string Name, [property: Id(1)] int Features, [property: Id(2)] double Accuracy, [property: Id(3)] double AccuracyLow, [property: Id(4)] double AccuracyHigh, [property: Id(5)] double Loss);
