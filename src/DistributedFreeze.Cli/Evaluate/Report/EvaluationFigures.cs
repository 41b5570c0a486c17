using System.Globalization;
using DistributedFreeze.Evaluation;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>How good a model is, as figures.</summary>
internal static class EvaluationFigures
{
    private const int LongestLabel = 24;

    /// <summary>Precision, recall and F1 of classes.</summary>
    /// <param name="classes">At least one.</param>
    public static string Classes(IReadOnlyList<ClassDocument> classes)
    {
        var names = new CategoryAxis { Position = AxisPosition.Left, GapWidth = 0.4, IsTickCentered = true };
        var model = Figure.Create(new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0, Maximum = 1, MajorGridlineStyle = LineStyle.Solid }, names, legend: true);
        names.MajorGridlineStyle = LineStyle.None;
        names.Labels.AddRange(classes.Reverse().Select(one => one.Class.Length <= LongestLabel ? one.Class : $"{one.Class[..(LongestLabel - 1)]}\u2026"));
        Add("F1", Figure.Series[2], one => one.F1);
        Add("recall", Figure.Series[1], one => one.Recall);
        Add("precision", Figure.Series[0], one => one.Precision);

        return Figure.Svg(model, "classes", "Precision, recall and F1 of each class", 800, 70 + (46 * classes.Count));

        void Add(string title, OxyColor color, Func<ClassDocument, double> of)
        {
            var series = new BarSeries { Title = title, FillColor = color, StrokeThickness = 0 };
            series.Items.AddRange(classes.Reverse().Select(one => new BarItem(of(one))));
            model.Series.Add(series);
        }
    }

    /// <summary>How often answers are right, by how sure they are.</summary>
    public static string Reliability(Calibration calibration)
    {
        var model = Figure.Create(
            new LinearAxis { Position = AxisPosition.Bottom, Title = "stated probability", Minimum = 0, Maximum = 1 },
            new LinearAxis { Position = AxisPosition.Left, Title = "share answered right", Minimum = 0, Maximum = 1.1, MajorStep = 0.2, AxisTitleDistance = 12 },
            legend: false);
        var bars = new RectangleBarSeries { FillColor = Figure.Series[0], StrokeThickness = 0 };
        foreach (var bin in calibration.Bins.Where(bin => bin.Images > 0))
        {
            bars.Items.Add(new(bin.Above + 0.004, 0, bin.UpTo - 0.004, bin.Accuracy!.Value));
            model.Annotations.Add(new TextAnnotation
            {
                Text = bin.Images.ToString("N0", CultureInfo.InvariantCulture),
                TextPosition = new((bin.Above + bin.UpTo) / 2, bin.Accuracy.Value),
                TextVerticalAlignment = VerticalAlignment.Bottom,
                TextColor = Figure.Ink,
                StrokeThickness = 0,
                FontSize = 11,
            });
        }

        model.Series.Add(bars);
        model.Annotations.Add(new LineAnnotation { Type = LineAnnotationType.LinearEquation, Slope = 1, Intercept = 0, Color = Figure.Ink, LineStyle = LineStyle.Dash });
        return Figure.Svg(model, "reliability", "Share of right answers by stated probability; the dashed line is a classifier that is right as often as it says", 500, 400);
    }
}
