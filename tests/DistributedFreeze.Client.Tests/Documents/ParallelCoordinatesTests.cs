using System.Collections.Immutable;
using System.Globalization;
using System.Xml.Linq;
using DistributedFreeze.Cli.Sweeps;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;

namespace DistributedFreeze.Client.Tests.Documents;

/// <summary>The figure of a sweep's page with all fields at once.</summary>
public sealed class ParallelCoordinatesTests
{
    private const string Rate = "phases[0].learning_rate";
    private const string Decay = "phases[0].optimizer.weight_decay";

    /// <summary>Three rates a factor of ten apart lie at the bottom, in the middle and on top.</summary>
    [Fact]
    public void ATrial_GoesThroughItsValues_ByTheirLogarithmsWhereTheyLieFarApart()
    {
        var lines = Lines(Of(EpochMeasure.Accuracy, Trial(0.9, "0.0001", "0"), Trial(0.8, "0.01", "0.5"), Trial(0.7, "0.001", "1")));

        Assert.Equal((0, 0, 1), Shares(lines[^1]), Near);
        Assert.Equal((1, 0.5, 0.5), Shares(lines[^2]), Near);
        Assert.Equal((0.5, 1, 0), Shares(lines[^3]), Near);
    }

    [Fact]
    public void ALowerLoss_EndsHigherUp()
    {
        var lines = Lines(Of(EpochMeasure.Loss, Trial(0.2, "1", "1"), Trial(0.6, "2", "2"), Trial(1.0, "1", "2")));

        Assert.Equal([1.0, 0.5, 0.0], lines.AsEnumerable().Reverse().Select(line => Shares(line).C), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    /// <summary>So that a trial that diverged does not press all others together.</summary>
    [Fact]
    public void LossesFarApart_AreShownByTheirLogarithms()
    {
        var lines = Lines(Of(EpochMeasure.Loss, Trial(1, "1", "1"), Trial(10, "2", "2"), Trial(100, "1", "2")));

        Assert.Equal([1.0, 0.5, 0.0], lines.AsEnumerable().Reverse().Select(line => Shares(line).C), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Fact]
    public void TheBest_IsThickOnTopAndOfTheStrongestColour_AndWhatWasStoppedIsThinAndFaint()
    {
        var lines = Lines(Of(EpochMeasure.Accuracy, Trial(0.9, "1", "1"), Trial(0.5, "2", "1"), Trial(0.1, "1", "2") with { Result = new() { State = TrialState.Stopped } }));

        Assert.Equal([("var(--ramp-0)", "1", true), ("var(--ramp-3)", "2", false), ("var(--ramp-6)", "4", false)], lines.Select(line => (line.Colour, line.Width, line.IsFaint)));
    }

    [Fact]
    public void Categories_StandAtEqualSteps_AndEveryAxisSaysItsValues()
    {
        var svg = Svg(Of(EpochMeasure.Accuracy, Trial(0.9123, "[]", "1"), Trial(0.8, "[256]", "2"), Trial(0.7, "[512]", "1")));

        Assert.Equal([0, 0.5, 1], Lines(svg).Select(line => Shares(line).A).Order(), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Superset(new HashSet<string> { "[]", "[256]", "[512]", "1", "2", "91.2", "70.0", "Accuracy %", "learning_rate", "weight_decay" }, Texts(svg).ToHashSet());
    }

    [Fact]
    public void Texts_LeaveRoomForEachOther_HoweverManyValuesThereAre()
    {
        var trials = Enumerable.Range(0, 100).Select(i => Trial(i / 100.0, string.Create(CultureInfo.InvariantCulture, $"{1e-7 * Math.Pow(1.17, i):0.###e-0}"), $"a rather long name that is number {i:000} of its kind")).Reverse();
        var svg = Svg(Of(EpochMeasure.Accuracy, [.. trials]));

        var places = svg.Descendants().Where(element => element.Name.LocalName == "text").Select(Place).GroupBy(place => place.X).Select(axis => axis.Select(place => place.Y).Order().ToList()).ToList();
        Assert.All(places, axis => Assert.All(axis.Zip(axis.Skip(1)), pair => Assert.True(pair.Second - pair.First > 11)));
        Assert.Contains("1e-05", Texts(svg));
        Assert.Contains("1e-7", Texts(svg)); // the least, as it was written
        Assert.All(Texts(svg), text => Assert.True(text.Length <= 28, text));
        Assert.Contains("\u2026t is number 000 of its kind", Texts(svg)); // what tells it from others
    }

    [Theory]
    [InlineData("resnet.h5", 12, "resnet.h5")]
    [InlineData("/models/resnet50_07.h5", 12, "\u2026net50_07.h5")]
    [InlineData("{stage: conv5, epochs: 10, learning_rate: 0.1}", 12, "\u2026conv5, epo\u2026")]
    [InlineData("a text of its own", 8, "a text \u2026")]
    public void WhatIsTooLong_IsCutWhereItDiffersFromTheOthers(string text, int most, string expected) =>
        Assert.Equal(expected, ShortText.Of(text, ["resnet.h5", "/models/resnet50_08.h5", "{stage: conv4, epochs: 10, learning_rate: 0.1}", text], most));

    [Fact]
    public void ManyFields_MakeItWide_AndAPageScrollsIt()
    {
        var fields = Enumerable.Range(0, 12).Select(i => $"phases[{i}].optimizer.a_rather_long_name_for_any_field_of_a_run").ToImmutableArray();
        var document = Document(EpochMeasure.Accuracy, fields, [Trial(0.9, [.. fields.Select(_ => "1")]), Trial(0.8, [.. fields.Select(_ => "2")])]);

        var html = ParallelCoordinates.Of(document);

        Assert.Contains("viewBox=\"0 0 1440 ", html, StringComparison.Ordinal);
        Assert.Contains("<div class=\"wide\"><div style=\"min-width: 1224px\">", html, StringComparison.Ordinal);
        Assert.All(Texts(Svg(html)), text => Assert.True(text.Length <= 17, text));
    }

    [Theory]
    [InlineData("1", "2", "3")]
    [InlineData("1", "1", "1")]
    public void WhereFewerThanTwoFieldsDiffer_ItIsLeftOut(params string[] rates)
    {
        var document = Document(EpochMeasure.Accuracy, [Rate, Decay], [.. rates.Select(rate => Trial(0.5, rate, "0"))]);

        Assert.Equal("", ParallelCoordinates.Of(document));
        Assert.DoesNotContain("parallel", SweepPage.Of(document).Split("</style>")[1], StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void TheFigure_StandsBeforeThoseOfSingleFields_AndSaysInWordsWhatItShows()
    {
        var document = Document(EpochMeasure.Accuracy, [Rate, Decay], [Trial(0.9, "<1>", "1"), Trial(0.8, "2", "2"), Trial(0.7, "3", "3") with { Score = double.NaN }]);

        var page = SweepPage.Of(document);

        Assert.InRange(page.IndexOf("<svg id=\"parallel\" role=\"img\"", StringComparison.Ordinal), 1, page.IndexOf("<svg id=\"field-0\"", StringComparison.Ordinal));
        Assert.Contains($"aria-label=\"Parallel coordinates: 2 trials through {Rate}, {Decay} to Accuracy %; first trial-001: {Rate} &lt;1&gt;, {Decay} 1, 90.0\"", page, StringComparison.Ordinal);
        Assert.Contains("The thick one is the best, trial-001.</p>", page, StringComparison.Ordinal);
        Assert.Contains("--ramp-6: ", page, StringComparison.Ordinal);
    }

    private static readonly Comparison Near = new();

    private static TrialDocument Trial(double score, params ImmutableArray<string> values) => new("", "", values, score, 1, new() { State = TrialState.Finished });

    private static SweepDocument Document(EpochMeasure metric, ImmutableArray<string> fields, ImmutableArray<TrialDocument> trials) => new()
    {
        Name = "test",
        Key = "",
        Metric = metric,
        Fields = fields,
        IsWhole = true,
        Trials = [.. trials.Select((trial, i) => trial with { Name = $"trial-{i + 1:000}" })],
    };

    private static string Of(EpochMeasure metric, params ImmutableArray<TrialDocument> trials) => ParallelCoordinates.Of(Document(metric, [Rate, Decay], trials));

    private static XElement Svg(string html) => XElement.Parse(html[html.IndexOf("<svg", StringComparison.Ordinal)..(html.IndexOf("</svg>", StringComparison.Ordinal) + 6)]);

    private static List<string> Texts(XElement svg) => [.. svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value)];

    private static List<Drawn> Lines(string html) => Lines(Svg(html));

    private static List<Drawn> Lines(XElement svg)
    {
        var lines = svg.Descendants().Where(element => element.Name.LocalName == "polyline").Select(Drawn.Of).ToList();
        var axis = lines.First(line => line.Colour == "var(--ink)").Points;
        return [.. lines.Where(line => line.Colour.StartsWith("var(--ramp", StringComparison.Ordinal)).Select(line => line with { Bottom = axis.Max(point => point.Y), Top = axis.Min(point => point.Y) })];
    }

    private static (double X, double Y) Place(XElement text)
    {
        var numbers = text.Attribute("transform")!.Value.Split('(', ',', ')', ' ');
        return (double.Parse(numbers[1], CultureInfo.InvariantCulture), double.Parse(numbers[2], CultureInfo.InvariantCulture));
    }

    /// <summary>How far up the three points of a line lie between the ends of the axes.</summary>
    private static (double A, double B, double C) Shares(Drawn line)
    {
        var shares = line.Points.Select(point => (line.Bottom - point.Y) / (line.Bottom - line.Top)).ToList();
        return (shares[0], shares[1], shares[2]);
    }

    private sealed record Drawn(string Colour, string Width, bool IsFaint, List<(double X, double Y)> Points)
    {
        public double Bottom { get; init; }

        public double Top { get; init; }

        public static Drawn Of(XElement line)
        {
            var style = line.Attribute("style")!.Value.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split(':')).ToDictionary(part => part[0].Trim(), part => part[1].Trim());
            var points = line.Attribute("points")!.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(point => point.Split(',')).Select(pair => (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture)));
            return new(style["stroke"], style["stroke-width"], style.ContainsKey("stroke-opacity"), [.. points]);
        }
    }

    private sealed class Comparison : IEqualityComparer<(double A, double B, double C)>
    {
        public bool Equals((double A, double B, double C) x, (double A, double B, double C) y) => Math.Abs(x.A - y.A) < 1e-3 && Math.Abs(x.B - y.B) < 1e-3 && Math.Abs(x.C - y.C) < 1e-3;

        public int GetHashCode((double A, double B, double C) obj) => 0;
    }
}
