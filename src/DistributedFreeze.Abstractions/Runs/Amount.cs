using System.Globalization;

namespace DistributedFreeze.Runs;

/// <summary>Durations, rates and sizes for people: as many digits as tell something, in the unit that needs the fewest. Pure and thread-safe.</summary>
public static class Amount
{
    private static readonly string[] ByteUnits = ["kB", "MB", "GB", "TB", "PB"];

    /// <summary>A duration, such as <c>0.42 ms</c>, <c>17 ms</c>, <c>3.4 s</c>, <c>2 min 05 s</c> or <c>3 h 20 min</c>.</summary>
    /// <param name="seconds">Seconds, at least 0.</param>
    public static string Duration(double seconds) => seconds switch
    {
        0 => "0 s",
        < 0.000_995 => Invariant($"{1e3 * seconds:0.##} ms"),
        < 0.009_95 => Invariant($"{1e3 * seconds:0.0} ms"),
        < 0.9995 => Invariant($"{1e3 * seconds:0} ms"),
        < 9.95 => Invariant($"{seconds:0.0} s"),
        < 59.5 => Invariant($"{seconds:0} s"),
        < 3599.5 when (long)Math.Round(seconds) is var whole => Invariant($"{whole / 60} min {whole % 60:00} s"),
        < 1e12 when (long)Math.Round(seconds / 60) is var whole => Invariant($"{whole / 60} h {whole % 60:00} min"),
        _ => "-",
    };

    /// <summary>Images per second, such as <c>0.345</c>, <c>3.45</c>, <c>34.5</c>, <c>345</c> or <c>155,000 images/s</c>; a dash where nothing was counted.</summary>
    /// <param name="imagesPerSecond">The rate.</param>
    public static string Rate(double imagesPerSecond) => imagesPerSecond switch
    {
        not (> 0 and < 1e15) => "- images/s",
        < 0.9995 => Invariant($"{imagesPerSecond:0.000} images/s"),
        < 9.995 => Invariant($"{imagesPerSecond:0.00} images/s"),
        < 99.95 => Invariant($"{imagesPerSecond:0.0} images/s"),
        < 999.5 => Invariant($"{imagesPerSecond:0} images/s"),
        _ => Invariant($"{ThreeDigits(imagesPerSecond):#,0} images/s"),
    };

    /// <summary>A size in powers of 1,000, such as <c>812 B</c>, <c>32.8 kB</c> or <c>345 MB</c>.</summary>
    /// <param name="bytes">Bytes, at least 0.</param>
    public static string Bytes(double bytes)
    {
        if (bytes < 999.5)
        {
            return Invariant($"{bytes:0} B");
        }

        var unit = -1;
        for (; bytes >= 999.5 && unit < ByteUnits.Length - 1; unit++)
        {
            bytes /= 1000;
        }

        return bytes < 99.95 ? Invariant($"{bytes:0.0} {ByteUnits[unit]}") : Invariant($"{bytes:0} {ByteUnits[unit]}");
    }

    private static double ThreeDigits(double number)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(number)) - 2);
        return Math.Round(number / step) * step;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
