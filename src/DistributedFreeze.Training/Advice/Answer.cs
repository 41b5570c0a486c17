namespace DistributedFreeze.Training.Advice;

/// <summary>What a candidate says of an image that it had not seen.</summary>
/// <param name="Class">The image's class.</param>
/// <param name="Said">The class that it is said to be of.</param>
/// <param name="Loss">The cross-entropy.</param>
internal readonly record struct Answer(int Class, int Said, double Loss);
