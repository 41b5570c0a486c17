using System.Collections.Immutable;

namespace DistributedFreeze.Training.Weights;

/// <summary>Turns Keras's kernels into Torch's and back. Pure and thread-safe.</summary>
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

    /// <param name="torch">(out, in, height, width), (out, in), or anything else, which stays as it is.</param>
    /// <returns>(height, width, in, out), (in, out), or the same.</returns>
    public static ulong[] KerasShape(ImmutableArray<long> torch)
    {
        var sizes = torch.Select(size => (ulong)size).ToArray();
        return sizes switch
        {
            [var output, var input, var height, var width] => [height, width, input, output],
            [var output, var input] => [input, output],
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

    /// <summary>Copies a kernel.</summary>
    /// <param name="torch">The elements in Torch's order.</param>
    /// <param name="shape">Torch's shape.</param>
    /// <param name="keras">Receives them in Keras's order.</param>
    public static void ToKeras(ReadOnlySpan<float> torch, ReadOnlySpan<long> shape, Span<float> keras)
    {
        var (outputs, inputs, places) = shape switch
        {
            [var output, var input, var height, var width] => ((int)output, (int)input, (int)(height * width)),
            [var output, var input] => ((int)output, (int)input, 1),
            _ => (0, 0, 0),
        };
        if (places == 0)
        {
            torch.CopyTo(keras);
            return;
        }

        for (var output = 0; output < outputs; output++)
        {
            for (var input = 0; input < inputs; input++)
            {
                var source = torch.Slice(((output * inputs) + input) * places, places);
                for (var place = 0; place < places; place++)
                {
                    keras[(((place * inputs) + input) * outputs) + output] = source[place];
                }
            }
        }
    }
}
