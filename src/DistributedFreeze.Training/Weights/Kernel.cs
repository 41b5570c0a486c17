using System.Collections.Immutable;

namespace DistributedFreeze.Training.Weights;

/// <summary>Turns Keras's kernels into Torch's. Pure and thread-safe.</summary>
internal static class Kernel
{
    /// <summary>Rows and columns moved at a time, so that both sides of the copy stay in the first-level cache.</summary>
    private const int Tile = 32;

    /// <param name="keras">(height, width, in, out), (in, out), or anything else, which stays as it is.</param>
    /// <returns>(out, in, height, width), (out, in), or the same.</returns>
    public static ImmutableArray<long> TorchShape(ImmutableArray<ulong> keras)
    {
        var sizes = keras.Select(size => (long)size).ToImmutableArray();
        return sizes switch
        {
            [var height, var width, var input, var output] => [output, input, height, width],
            [var input, var output] => [output, input],
            _ => sizes,
        };
    }

    /// <summary>Copies a kernel.</summary>
    /// <param name="keras">The elements in Keras's order.</param>
    /// <param name="shape">Keras's shape.</param>
    /// <param name="torch">Receives them in Torch's order.</param>
    public static void ToTorch(ReadOnlySpan<float> keras, ReadOnlySpan<ulong> shape, Span<float> torch)
    {
        var (places, inputs, outputs) = shape switch
        {
            [var height, var width, var input, var output] => ((int)(height * width), (int)input, (int)output),
            [var input, var output] => (1, (int)input, (int)output),
            _ => (0, 0, 0),
        };
        if (places == 0)
        {
            keras.CopyTo(torch);
            return;
        }

        for (var o = 0; o < outputs; o += Tile)
        {
            var lastO = Math.Min(o + Tile, outputs);
            for (var i = 0; i < inputs; i += Tile)
            {
                var lastI = Math.Min(i + Tile, inputs);
                for (var place = 0; place < places; place++)
                {
                    for (var input = i; input < lastI; input++)
                    {
                        var source = keras[(((place * inputs) + input) * outputs)..];
                        for (var output = o; output < lastO; output++)
                        {
                            torch[(((output * inputs) + input) * places) + place] = source[output];
                        }
                    }
                }
            }
        }
    }
}
