using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Training.Rates;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Rates;

/// <summary>A range test of the learning rate as one page with its curve, which asks nothing of any network.</summary>
internal static class RatePage
{
    private const double Width = 800;
    private const double Height = 320;
    private const double Highest = 2;

    /// <param name="curve">What was found.</param>
    public static string Of(RateCurve curve)
    {
        var title = curve.Suggested is { } suggested ? $"Learning rate: {RateText.Rate(suggested)}" : "Learning rate: nothing to suggest";
        var page = Begin(title);
        page.Append($"<h1>{Html(title)}</h1>")
            .Append(Paragraph("Each step of the first phase had a larger rate than the one before. The line is the smoothed loss, the dots are the losses of single steps; the upright line is where the smoothed loss falls most steeply."));
        if (!curve.Points.IsEmpty)
        {
            Section(page, "Loss by learning rate", Figures(curve));
        }

        return End(page);
    }

    private static string Figures(RateCurve curve)
    {
        var top = Highest * curve.Points[0].Smoothed;
        var model = Figure.Create(
            new LogarithmicAxis { Position = AxisPosition.Bottom, Title = "learning rate", Minimum = curve.Points[0].Rate / 1.1, Maximum = 1.1 * curve.Points[^1].Rate },
            new LinearAxis { Position = AxisPosition.Left, Title = "loss", AxisTitleDistance = 12, Minimum = 0, Maximum = Math.Min(top, 1.1 * curve.Points.Max(point => point.Loss)) },
            legend: false);
        var dots = new ScatterSeries { MarkerType = MarkerType.Circle, MarkerSize = 2, MarkerFill = Figure.Series[1] };
        dots.Points.AddRange(curve.Points.Where(point => point.Loss <= top).Select(point => new ScatterPoint(point.Rate, point.Loss)));
        var line = new LineSeries { Color = Figure.Series[0], StrokeThickness = 2 };
        line.Points.AddRange(curve.Points.Select(point => new DataPoint(point.Rate, Math.Min(point.Smoothed, top))));
        model.Series.Add(dots);
        model.Series.Add(line);
        if (curve.Suggested is { } suggested)
        {
            model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.Vertical, X = suggested, Color = Figure.Ink, LineStyle = LineStyle.Dash });
        }

        return Figure.Svg(model, "rates", "Loss of each step against its learning rate", Width, Height);
    }
}
