namespace DistributedFreeze.Data;

/// <summary>The exponential function, the same bits on every machine.</summary>
/// <remarks>
/// As <see cref="ExactLogarithm"/>, fdlibm's e_exp.c (Sun Microsystems, 1993) of numbers that need no reduction, within 1 ulp; of others within a few.
/// </remarks>
internal static class ExactExponential
{
    private const double P1 = 1.66666666666666019037e-01;
    private const double P2 = -2.77777777770155933842e-03;
    private const double P3 = 6.61375632143793436117e-05;
    private const double P4 = -1.65339022054652515390e-06;
    private const double P5 = 4.13813679705723846039e-08;

    /// <param name="x">Any number; beyond 700 from 0 it counts as 700.</param>
    public static double OfAny(double x)
    {
        const double HighOfLn2 = 6.93147180369123816490e-01;
        const double LowOfLn2 = 1.90821492927058770002e-10;
        const double Log2OfE = 1.44269504088896338700;
        const double Furthest = 700;
        x = Math.Clamp(x, -Furthest, Furthest);

        // x = power * ln 2 + rest, and 2^power is exact.
        var power = Math.Round(x * Log2OfE, MidpointRounding.ToEven);
        return Math.ScaleB(Of(x - (power * HighOfLn2) - (power * LowOfLn2)), (int)power);
    }

    /// <param name="x">At most half of ln 2 (0.3465) from 0.</param>
    public static double Of(double x)
    {
        var t = x * x;
        var c = x - (t * (P1 + (t * (P2 + (t * (P3 + (t * (P4 + (t * P5)))))))));
        return 1.0 - ((x * c / (c - 2.0)) - x);
    }
}
