using DistributedFreeze.Data;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Models;

/// <summary>First values of a tensor that no file gives: keyed by seed and name, so each is the same wherever it is drawn.</summary>
internal static class RandomWeights
{
    /// <summary>
    /// Scale of the last batch norm of a residual block. With 1 the variance would double with each block; a small one
    /// keeps activations near their first size (the idea of Zhang et al., Fixup, 2019).
    /// </summary>
    private const float BranchScale = 0.25f;

    /// <param name="seed">The run's seed.</param>
    /// <param name="tensor">Which tensor.</param>
    /// <param name="values">Filled.</param>
    public static void Draw(int seed, TensorSpec tensor, Span<float> values)
    {
        if (tensor.Shape.Length == 4)
        {
            DrawNormal(new(seed, "weights " + tensor.Name), FanIn(tensor), values);
        }
        else if (tensor.Shape.Length == 2)
        {
            DrawUniform(new(seed, "weights " + tensor.Name), tensor.Shape[0] + tensor.Shape[1], values);
        }
        else
        {
            values.Fill(Constant(tensor));
        }
    }

    /// <summary>He et al., 2015: variance 2 / fan-in keeps the size of activations through a ReLU.</summary>
    private static void DrawNormal(KeyedRandom random, long fanIn, Span<float> values)
    {
        var deviation = Math.Sqrt(2.0 / fanIn);
        foreach (ref var value in values)
        {
            value = (float)(random.NextNormal() * deviation);
        }
    }

    /// <summary>Glorot and Bengio, 2010, uniform: what Keras draws for a dense layer.</summary>
    private static void DrawUniform(KeyedRandom random, long fans, Span<float> values)
    {
        var limit = Math.Sqrt(6.0 / fans);
        foreach (ref var value in values)
        {
            value = (float)((2 * random.NextDouble() - 1) * limit);
        }
    }

    private static long FanIn(TensorSpec tensor) => tensor.Shape[1] * tensor.Shape[2] * tensor.Shape[3];

    private static float Constant(TensorSpec tensor) => tensor.Name switch
    {
        _ when tensor.EndsBranch => BranchScale,
        var name when name.EndsWith("_bn.weight", StringComparison.Ordinal) => 1,
        var name when name.EndsWith(".running_var", StringComparison.Ordinal) => 1,
        _ => 0,
    };
}
