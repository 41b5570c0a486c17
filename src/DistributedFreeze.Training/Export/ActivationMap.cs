using System.Collections.Immutable;

namespace DistributedFreeze.Training.Export;

/// <summary>What the places of an image add to the logit of a class: above 0 for the class, below 0 against it.</summary>
/// <param name="Width">Places in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Values">[row, column], over the square that the network sees.</param>
/// <param name="Logit">The class's logit for the image.</param>
/// <param name="Offset">What the mean of the values lacks to the logit: the bias, where the head has no hidden layers.</param>
public sealed record ActivationMap(int Width, int Height, ImmutableArray<float> Values, double Logit, double Offset);
