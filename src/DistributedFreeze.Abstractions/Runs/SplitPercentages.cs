using System.Globalization;

namespace DistributedFreeze.Runs;

/// <summary>What part of the images is for which split, in percent: the numbers of <see cref="DataSpec.Split"/>.</summary>
/// <param name="Train">Images to train on, above 0 and at most 100.</param>
/// <param name="Validation">Images to validate on, 0 to below 100.</param>
/// <param name="Test">Images to test on, 0 to below 100; the three add up to 100.</param>
public readonly record struct SplitPercentages(decimal Train, decimal Validation, decimal Test)
{
    private const int MostDecimals = 6;

    /// <summary>Reads a text such as <c>70/15/15</c>.</summary>
    /// <param name="text">Three numbers with up to 6 decimals, divided by slashes.</param>
    /// <returns>Null where it is anything else, or the numbers do not add up to 100, or leave nothing to train on.</returns>
    public static SplitPercentages? Of(string text)
    {
        var numbers = text.Split('/').Select(Number).ToList();
        return numbers is [{ } train and > 0, { } validation, { } test] && train + validation + test == 100 ? new(train, validation, test) : null;
    }

    private static decimal? Number(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 100 && number.Scale <= MostDecimals ? number : null;
}
