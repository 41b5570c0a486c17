using System.Collections.Immutable;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Scores images without training: in blocks of one shape, so that a score doesn't depend on who computes it.</summary>
internal sealed class ShardScorer(
    RunWorkspace workspace, NetworkSegment prefix, NetworkSegment tail, NetworkState network, Device device)
{
    /// <param name="shard">The shard's number.</param>
    /// <param name="images">Its images, in the split's order; may be empty.</param>
    public ShardScore Score(int shard, ImmutableArray<LabelledImage> images)
    {
        using var stream = new FeatureStream(workspace, images, prefix, network, device);
        var lossSum = 0.0;
        var correct = 0;
        for (var start = 0; start < images.Length; start += FeatureStream.BlockSize)
        {
            var block = images.AsSpan(start, Math.Min(FeatureStream.BlockSize, images.Length - start));
            ScoreBlock(stream.TakePadded(block.Length), block, ref lossSum, ref correct);
        }

        return new(shard, images.Length, lossSum, correct);
    }

    private void ScoreBlock(Tensor features, ReadOnlySpan<LabelledImage> images, ref double lossSum, ref int correct)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var owned = features;
        var logits = Head.Evaluate(tail.Evaluate(features, network), workspace.Spec.Model.Head, network, dropout: null);
        var logarithms = nn.functional.log_softmax(logits, 1).cpu().data<float>().ToArray();
        var answers = logits.argmax(1).cpu().data<long>().ToArray();
        var classes = (int)logits.shape[1];
        for (var i = 0; i < images.Length; i++)
        {
            lossSum -= logarithms[i * classes + images[i].Class];
            correct += answers[i] == images[i].Class ? 1 : 0;
        }
    }
}
