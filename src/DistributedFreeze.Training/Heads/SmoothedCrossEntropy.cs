using System.Numerics.Tensors;

namespace DistributedFreeze.Training.Heads;

/// <summary>
/// The loss of an image whose label is spread over all classes, as torch's <c>CrossEntropyLoss(weight, label_smoothing)</c> has it: of the label's share
/// that is spread, every class gets the same, times its own weight.
/// </summary>
/// <remarks>Pure: an image's bits depend on nothing else.</remarks>
internal static class SmoothedCrossEntropy
{
    /// <param name="logits">One for each class.</param>
    /// <param name="label">The image's class.</param>
    /// <param name="weights">How much the classes count; null where each counts 1.</param>
    /// <param name="smoothing">Share of the label that is spread, 0 up to but not including 1.</param>
    /// <param name="delta">As long as the logits, receives the loss's gradient.</param>
    /// <returns>The loss.</returns>
    public static float Of(ReadOnlySpan<float> logits, int label, float[]? weights, double smoothing, Span<float> delta)
    {
        var spread = smoothing / logits.Length;
        var peak = TensorPrimitives.Max(logits);
        var sum = 0f;
        for (var c = 0; c < logits.Length; c++)
        {
            delta[c] = MathF.Exp(logits[c] - peak);
            sum += delta[c];
        }

        var (logSum, loss, targets) = (MathF.Log(sum), 0f, 0f);
        for (var c = 0; c < logits.Length; c++)
        {
            var target = Target(c);
            loss += target * (logSum - (logits[c] - peak));
            targets += target;
        }

        for (var c = 0; c < logits.Length; c++)
        {
            delta[c] = (targets * (delta[c] / sum)) - Target(c);
        }

        return loss;

        float Target(int c) => (weights?[c] ?? 1) * (float)((c == label ? 1 - smoothing : 0) + spread);
    }
}
