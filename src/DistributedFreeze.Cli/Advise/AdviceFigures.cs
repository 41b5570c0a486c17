using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Cli.Evaluate.Report;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DistributedFreeze.Cli.Advise;

/// <summary>Advice as figures.</summary>
internal static class AdviceFigures
{
    private const double Width = 800;
    private const double Height = 320;
    private const double Slant = -35;

    /// <summary>Multiplications are counted in thousands of millions.</summary>
    private const double Giga = 1e9;

    /// <summary>What each candidate gains over the head alone, against what it costs: a dot and its interval for each.</summary>
    /// <param name="result">With at least one gain.</param>
    public static string Gains(AdviceResult result)
    {
        var shown = result.Candidates.Where(one => one.Score is not null).ToList();
        var model = Figure.Create(
            new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "cost of a whole run: billion multiply-adds per image", Minimum = shown.Min(one => one.Cost) / Giga / 4, Maximum = 4 * shown.Max(one => one.Cost) / Giga },
            new LinearAxis { Position = AxisPosition.Left, Title = AdviceNumbers.IsShare(result.Metric) ? "gain over the head alone, points" : "gain over the head alone", AxisTitleDistance = 12, MaximumPadding = 0.2, MinimumPadding = 0.1 },
            legend: false);
        model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Horizontal, Y = 0, Color = Figure.Ink, LineStyle = LineStyle.Dash });
        foreach (var one in shown)
        {
            Add(model, one, AdviceNumbers.IsShare(result.Metric) ? 100 : 1, one.Name == result.Recommendation?.Candidate ? Figure.Series[1] : Figure.Series[0]);
        }

        return Figure.Svg(model, "gains", "Gain of each candidate over the head alone against its cost", Width, Height);
    }

    /// <summary>How well each depth tells the classes apart.</summary>
    /// <param name="depths">At least one.</param>
    public static string Depths(IReadOnlyList<DepthScore> depths)
    {
        var model = Figure.Create(BlockNames(depths.Select(depth => depth.Name)), new LinearAxis { Position = AxisPosition.Left, Title = "accuracy, %", AxisTitleDistance = 12 }, legend: false);
        foreach (var (i, depth) in depths.Index())
        {
            model.Series.Add(Interval(i, 100 * depth.AccuracyLow, 100 * depth.AccuracyHigh, Figure.Series[0]));
        }

        var dots = Dots(Figure.Series[0]);
        dots.Points.AddRange(depths.Select((depth, i) => new ScatterPoint(i, 100 * depth.Accuracy)));
        model.Series.Add(dots);
        return Figure.Svg(model, "depths", string.Create(CultureInfo.InvariantCulture, $"Accuracy of a probe at each of {depths.Count} depths"), Width, Height);
    }

    /// <summary>The relative gradient norm of each block.</summary>
    /// <param name="gradients">At least one.</param>
    public static string Gradients(IReadOnlyList<BlockGradient> gradients)
    {
        var model = Figure.Create(
            BlockNames(gradients.Select(one => one.Name)), new LinearAxis { Position = AxisPosition.Left, Title = "gradient, % of the parameters", AxisTitleDistance = 12, Minimum = 0 }, legend: false);
        foreach (var (i, one) in gradients.Index())
        {
            model.Series.Add(Interval(i, 0, 100 * one.Ratio, Figure.Series[0]));
        }

        var dots = Dots(Figure.Series[0]);
        dots.Points.AddRange(gradients.Select((one, i) => new ScatterPoint(i, 100 * one.Ratio)));
        model.Series.Add(dots);
        return Figure.Svg(model, "gradients", string.Create(CultureInfo.InvariantCulture, $"Relative gradient of each of {gradients.Count} blocks"), Width, Height);
    }

    private static CategoryAxis BlockNames(IEnumerable<string> layers)
    {
        var names = new CategoryAxis { Position = AxisPosition.Bottom, Angle = Slant, IsTickCentered = true };
        names.Labels.AddRange(layers.Select(layer => layer.Replace("_out", "", StringComparison.Ordinal)));
        return names;
    }

    private static void Add(PlotModel model, CandidateScore one, double factor, OxyColor color)
    {
        var gain = one.Gain ?? new(0, 0, 0, IsDistinguishable: false); // the head alone gains nothing over itself
        var cost = one.Cost / Giga;
        model.Series.Add(Interval(cost, factor * gain.Low, factor * gain.High, color));
        var dot = Dots(color);
        dot.Points.Add(new(cost, factor * gain.Value));
        model.Series.Add(dot);
        model.Annotations.Add(new TextAnnotation
        {
            Text = one.Name,
            TextPosition = new(cost, factor * gain.High),
            TextVerticalAlignment = VerticalAlignment.Bottom,
            TextHorizontalAlignment = HorizontalAlignment.Center,
            StrokeThickness = 0,
            TextColor = Figure.Ink,
        });
    }

    private static LineSeries Interval(double x, double low, double high, OxyColor color)
    {
        var line = new LineSeries { Color = color, StrokeThickness = 2 };
        line.Points.AddRange([new(x, low), new(x, high)]);
        return line;
    }

    private static ScatterSeries Dots(OxyColor color) => new() { MarkerType = MarkerType.Circle, MarkerSize = 5, MarkerFill = color };
}
