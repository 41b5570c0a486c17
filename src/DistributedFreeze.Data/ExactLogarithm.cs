namespace DistributedFreeze.Data;

/// <summary>The natural logarithm, the same bits on every machine.</summary>
/// <remarks>
/// <see cref="Math.Log(double)"/> calls the platform's library, and those differ in the last bit. This is fdlibm's e_log.c (Sun
/// Microsystems, 1993) for normal positive numbers, within 1 ulp: only additions, multiplications and divisions, which .NET never fuses.
/// </remarks>
internal static class ExactLogarithm
{
    private const double HighOfLn2 = 6.93147180369123816490e-01;
    private const double LowOfLn2 = 1.90821492927058770002e-10;
    private const double L1 = 6.666666666666735130e-01;
    private const double L2 = 3.999999999940941908e-01;
    private const double L3 = 2.857142874366239149e-01;
    private const double L4 = 2.222219843214978396e-01;
    private const double L5 = 1.818357216161805012e-01;
    private const double L6 = 1.531383769920937332e-01;
    private const double L7 = 1.479819860511658591e-01;
    private const double RootOf2 = 1.4142135623730951;

    /// <param name="x">A normal number above 0.</param>
    public static double Of(double x)
    {
        // x = 2^power * (1 + f) with 1 + f between the roots of 1/2 and 2.
        var bits = BitConverter.DoubleToInt64Bits(x);
        double power = (int)(bits >> 52) - 1023;
        var mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > RootOf2)
        {
            mantissa *= 0.5;
            power += 1;
        }

        var f = mantissa - 1.0;
        var s = f / (2.0 + f);
        var z = s * s;
        var w = z * z;
        var odd = w * (L2 + (w * (L4 + (w * L6))));
        var even = z * (L1 + (w * (L3 + (w * (L5 + (w * L7))))));
        var r = even + odd;
        var half = 0.5 * f * f;
        return (power * HighOfLn2) - (half - ((s * (half + r)) + (power * LowOfLn2)) - f);
    }
}
