namespace DistributedFreeze.Cli.Train;

/// <summary>One line that shows how far a run is: where, a bar, and its numbers.</summary>
internal static class ProgressLine
{
    private const int LongestBar = 40;
    private const int ShortestBar = 4;

    /// <summary>Never wider than the terminal: the bar gives way first, then the end of the line.</summary>
    /// <param name="place">Which epoch.</param>
    /// <param name="part">Share of the whole run that is done, 0 to 1.</param>
    /// <param name="numbers">What there is to say of it.</param>
    /// <param name="width">Columns of the terminal; the last one stays free, since writing to it starts a new line.</param>
    /// <param name="unicode">Whether the terminal shows lines of that alphabet.</param>
    public static string Of(string place, double part, string numbers, int width, bool unicode)
    {
        var room = Math.Min(LongestBar, width - 1 - place.Length - numbers.Length - 3);
        var line = room >= ShortestBar ? $"{place} {Bar(part, room, unicode)}  {numbers}" : $"{place}  {numbers}";
        return line.Length < width ? line : line[..Math.Max(0, width - 1)];
    }

    private static string Bar(double part, int length, bool unicode)
    {
        var done = (int)Math.Round(Math.Clamp(part, 0, 1) * length);
        return new string(unicode ? '\u2501' : '#', done) + new string(unicode ? '\u2500' : '-', length - done);
    }
}
