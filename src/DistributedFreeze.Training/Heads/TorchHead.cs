using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Heads;

/// <summary>The dense layers on top: each hidden one with ReLU and dropout, then the classes.</summary>
internal static class TorchHead
{
    /// <param name="features">(N, C) of pooled features.</param>
    /// <param name="spec">The head.</param>
    /// <param name="weights">Holds <c>head.0.weight</c> and so on.</param>
    /// <param name="dropout">What a hidden layer's activations are multiplied by while training; null when evaluating.</param>
    /// <returns>(N, classes) of logits.</returns>
    public static Tensor Evaluate(Tensor features, HeadSpec spec, ILayerWeights weights, Func<int, Tensor>? dropout)
    {
        var x = features;
        for (var i = 0; i < spec.Hidden.Length; i++)
        {
            x = Dense(x, i, weights).relu_();
            x = dropout is null ? x : x.mul(dropout(i));
        }

        return Dense(x, spec.Hidden.Length, weights);
    }

    private static Tensor Dense(Tensor x, int layer, ILayerWeights weights) =>
        functional.linear(x, weights[$"head.{layer}.weight"], weights[$"head.{layer}.bias"]);
}
