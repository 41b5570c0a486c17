using DistributedFreeze.Exchange;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>What a step came to over all its images, where the parameters are; valid until the next step begins.</summary>
/// <param name="Vector">The exchange's vector: means, then the sums of <see cref="ExchangeVector"/>. Not to be changed.</param>
/// <param name="Host">The same in host memory; null where it is nowhere but on the device, and nobody waits for it there.</param>
/// <param name="Stop">Whether some replica was asked to stop.</param>
internal readonly record struct StepMean(Tensor Vector, float[]? Host, bool Stop)
{
    /// <summary>The loss, and the number of correct answers; (2).</summary>
    public Tensor Sums => Vector.narrow(0, Vector.NumberOfElements - ExchangeVector.SumElements, ExchangeVector.SumElements);
}
