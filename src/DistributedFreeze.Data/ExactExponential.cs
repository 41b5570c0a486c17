namespace DistributedFreeze.Data;

/// <summary>The exponential function of small numbers, the same bits on every machine.</summary>
/// <remarks>
/// As <see cref="ExactLogarithm"/>, fdlibm's e_exp.c (Sun Microsystems, 1993) where it needs no reduction, within 1 ulp.
/// </remarks>
internal static class ExactExponential
{
    private const double P1 = 1.66666666666666019037e-01;
    private const double P2 = -2.77777777770155933842e-03;
    private const double P3 = 6.61375632143793436117e-05;
    private const double P4 = -1.65339022054652515390e-06;
    private const double P5 = 4.13813679705723846039e-08;

    /// <param name="x">At most half of ln 2 (0.3465) from 0.</param>
    public static double Of(double x)
    {
        var t = x * x;
        var c = x - (t * (P1 + (t * (P2 + (t * (P3 + (t * (P4 + (t * P5)))))))));
        return 1.0 - ((x * c / (c - 2.0)) - x);
    }
}
