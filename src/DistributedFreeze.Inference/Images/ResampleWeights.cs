namespace DistributedFreeze.Inference.Images;

/// <summary>For each output position along one axis: the first input pixel and the weights of it and its neighbours.</summary>
/// <remarks>
/// Pillow's <c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> (src/libImaging/Resample.c) with its bilinear filter, in the same
/// order of operations: a triangle whose width grows with the scale when shrinking. Additions, multiplications and divisions of doubles
/// are the same on every machine, and weights are then integers with 22 bits after the point.
/// </remarks>
internal sealed class ResampleWeights
{
    /// <summary>Bits after the point: 32 less 8 for the pixel and 2 for the sum (Pillow's PRECISION_BITS).</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    /// <param name="input">Pixels along the axis.</param>
    /// <param name="start">Where the part to scale begins; pixels outside it still reach into its edge.</param>
    /// <param name="length">Pixels of the part to scale.</param>
    /// <param name="output">Pixels to make of it.</param>
    /// <param name="skip">How many of those at the beginning are left out.</param>
    /// <param name="take">How many of the others are kept; null keeps all.</param>
    public ResampleWeights(int input, double start, double length, int output, int skip = 0, int? take = null)
    {
        var scale = length / output;
        var filterScale = Math.Max(scale, 1.0);
        var support = filterScale;
        Taps = ((int)Math.Ceiling(support) * 2) + 1;
        var kept = take ?? output - skip;
        Weights = new int[kept * Taps];
        First = new int[kept];
        Count = new int[kept];

        var raw = new double[Taps];
        for (var i = 0; i < kept; i++)
        {
            var center = start + ((skip + i + 0.5) * scale);
            var first = Math.Max((int)(center - support + 0.5), 0);
            var count = Math.Min((int)(center + support + 0.5), input) - first;
            var sum = 0.0;
            for (var k = 0; k < count; k++)
            {
                raw[k] = Triangle((k + first - center + 0.5) * (1.0 / filterScale));
                sum += raw[k];
            }

            for (var k = 0; k < count; k++)
            {
                var share = sum != 0 ? raw[k] / sum : raw[k];
                Weights[(i * Taps) + k] = (int)(0.5 + (share * (1 << PrecisionBits)));
            }

            First[i] = first;
            Count[i] = count;
        }
    }

    /// <summary>Room for weights per output position.</summary>
    public int Taps { get; }

    /// <summary>[output, tap]; the first <see cref="Count"/> taps of a position count.</summary>
    public int[] Weights { get; }

    public int[] First { get; }

    public int[] Count { get; }

    private static double Triangle(double x)
    {
        x = Math.Abs(x);
        return x < 1.0 ? 1.0 - x : 0.0;
    }
}
