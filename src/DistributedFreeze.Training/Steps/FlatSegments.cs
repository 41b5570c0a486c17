using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

/// <summary>The tail's and the head's part of a flat vector, each with its own learning rate.</summary>
internal static class FlatSegments
{
    /// <summary>Visits each part that has elements: (segment, start, length, rate).</summary>
    public static void ForEach(Tensor vector, int headOffset, double tailRate, double headRate, Action<Tensor, long, long, double> visit)
    {
        var length = vector.shape[0];
        if (tailRate == headRate || headOffset == 0)
        {
            visit(vector, 0, length, headRate);
            return;
        }

        using var tail = vector.narrow(0, 0, headOffset);
        using var head = vector.narrow(0, headOffset, length - headOffset);
        visit(tail, 0, headOffset, tailRate);
        visit(head, headOffset, length - headOffset, headRate);
    }
}
