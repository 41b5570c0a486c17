using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>Draws OxyPlot's models as SVG within a page: as wide as there is room, in the page's colours.</summary>
/// <remarks>
/// OxyPlot writes colours as numbers, and a page has other ones at night and on paper. So a figure is drawn with stand-ins, which become the page's variables.
/// </remarks>
internal static partial class Figure
{
    /// <summary>Lines and letters.</summary>
    public static OxyColor Ink { get; } = OxyColor.FromRgb(1, 1, 1);

    /// <summary>Lines behind everything.</summary>
    public static OxyColor Grid { get; } = OxyColor.FromRgb(2, 2, 2);

    /// <summary>The colours of what is shown, in their order.</summary>
    public static IReadOnlyList<OxyColor> Series { get; } = [OxyColor.FromRgb(3, 3, 3), OxyColor.FromRgb(4, 4, 4), OxyColor.FromRgb(5, 5, 5)];

    /// <summary>From the worst to the best of something that has a scale, by lightness, so that no kind of eye takes one for another; the best stands out most from the paper.</summary>
    public static IReadOnlyList<OxyColor> Ramp { get; } = [.. Enumerable.Range(6, 7).Select(i => OxyColor.FromRgb((byte)i, (byte)i, (byte)i))];

    private static readonly string[] Variables = ["--ink", "--grid", "--one", "--two", "--three", .. Enumerable.Range(0, Ramp.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"--ramp-{i}"))];

    /// <summary>An empty figure with both axes.</summary>
    public static PlotModel Create(Axis bottom, Axis left, bool legend)
    {
        var model = new PlotModel { TextColor = Ink, PlotAreaBorderColor = Grid, DefaultFont = "sans-serif", DefaultFontSize = 13, PlotAreaBorderThickness = new(0, 0, 0, 1) };
        foreach (var axis in (Axis[])[bottom, left])
        {
            axis.TicklineColor = axis.MinorTicklineColor = axis.MajorGridlineColor = Grid;
            axis.AxislineColor = Ink;
            axis.MinorTickSize = 0;
            model.Axes.Add(axis);
        }

        left.MajorGridlineStyle = LineStyle.Solid;
        if (legend)
        {
            model.Legends.Add(new Legend { LegendPlacement = LegendPlacement.Outside, LegendPosition = LegendPosition.TopRight, LegendOrientation = LegendOrientation.Horizontal, LegendFontSize = 13 });
        }

        return model;
    }

    /// <param name="model">The figure.</param>
    /// <param name="id">Name of the figure, one of its own within the page.</param>
    /// <param name="label">What it shows, for those who cannot see it.</param>
    /// <param name="width">Width in units, of which a wide page has about 800.</param>
    /// <param name="height">Height in the same units.</param>
    public static string Svg(PlotModel model, string id, string label, double width, double height)
    {
        using var stream = new MemoryStream();
        new SvgExporter { Width = width, Height = height, IsDocument = false, TextMeasurer = new WideText() }.Export(model, stream);
        stream.Position = 0;
        using var reader = new StreamReader(stream);
        var svg = reader.ReadToEnd();
        for (var i = 0; i < Variables.Length; i++)
        {
            svg = svg.Replace(string.Create(CultureInfo.InvariantCulture, $"rgb({i + 1},{i + 1},{i + 1})"), $"var({Variables[i]})", StringComparison.Ordinal);
        }

        svg = svg.Replace("clipPath", $"clip-{id}-", StringComparison.Ordinal).Replace($"<clip-{id}- ", "<clipPath ", StringComparison.Ordinal).Replace($"</clip-{id}->", "</clipPath>", StringComparison.Ordinal);
        return Opening().Replace(
            svg, string.Create(CultureInfo.InvariantCulture, $"<svg id=\"{id}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(label)}\" viewBox=\"0 0 {width} {height}\">"), 1);
    }

    [GeneratedRegex("^.*?<svg[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Opening();
}
