using System.Collections.Immutable;
using DistributedFreeze.Cli.Advise;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Runs;
using DistributedFreeze.Sweeps;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;
using static DistributedFreeze.Cli.Evaluate.Report.HtmlElements;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>Trials across all fields at once: an upright axis for each field that differs and one for the score, and a line for each trial through its values.</summary>
/// <remarks>OxyPlot has no such figure. So its axes are the figure's own units, and everything is a line or a text somewhere.</remarks>
internal static class ParallelCoordinates
{
    private const double Narrowest = 800;

    /// <summary>Room beside the outer axes, for half of a title and for scores.</summary>
    private const double Side = 60;

    private const double Bottom = 14;
    private const double Top = 344;

    /// <summary>From an axis's end to its title, so that the last text beside the axis has room.</summary>
    private const double TitleGap = 14;

    /// <summary>Least distance between two axes.</summary>
    private const double LeastStep = 110;

    private const double TitleSize = 12;
    private const double LabelSize = 11;
    private const int MostTitleLines = 3;
    private const int LongestLabel = 28;

    /// <summary>How wide a letter is, of the font's size: wide fonts' average.</summary>
    private const double LetterWidth = 0.62;

    private const double LineHeight = 1.2;

    /// <summary>Texts may take this share of the room between two axes.</summary>
    private const double LabelShare = 0.75;

    /// <summary>Least distance between two texts along an axis, in lines.</summary>
    private const double LineGap = 1.5;

    private const double TickSize = 4;
    private const double BarWidth = 8;

    /// <summary>How narrow the figure may become before a page scrolls it instead.</summary>
    private const double LeastScale = 0.85;

    /// <summary>Of 255.</summary>
    private const byte Faint = 110;

    /// <summary>More lines than this are drawn thinner.</summary>
    private const int Many = 30;

    /// <returns>Empty where it would say nothing that a figure of one field does not: fewer than two fields take several values, or no trial has a score.</returns>
    public static string Of(SweepDocument document)
    {
        var shown = document.Trials.Where(trial => trial.Score is { } score && double.IsFinite(score)).ToList();
        var names = SweepText.ShortNames(document.Fields);
        var fields = Enumerable.Range(0, document.Fields.Length).Where(i => shown.Select(trial => trial.Values[i]).Distinct(StringComparer.Ordinal).Count() > 1).ToList();
        if (fields.Count < 2)
        {
            return "";
        }

        var isLoss = document.Metric == EpochMeasure.Loss;
        var scores = FieldScale.OfNumbers([.. shown.Select(trial => trial.Score!.Value)], mayBeLogarithmic: isLoss);
        var scales = fields.Select(i => FieldScale.Of([.. shown.Select(trial => trial.Values[i])])).ToList();
        var width = Math.Max(Narrowest, (2 * Side) + (LeastStep * fields.Count));
        var step = (width - (2 * Side)) / fields.Count;
        string[] titles = [.. fields.Select(i => names[i]), AdviceNumbers.Name(document.Metric)];
        var height = Top + TitleGap + (titles.Max(title => TitleLines(title).Length) * LineHeight * TitleSize) + 4;
        var model = Empty(width, height);
        AddScoreBar(model, At(fields.Count));
        foreach (var trial in shown.AsEnumerable().Reverse()) // the better, the later, and so on top
        {
            var goodness = Goodness(trial.Score!.Value);
            model.Series.Add(Line(trial, goodness, ReferenceEquals(trial, shown[0]), shown.Count, [.. fields.Select((field, i) => new DataPoint(At(i), Up(scales[i].Share(scales[i].At(trial.Values[field]))))), new(At(fields.Count), Up(goodness))]));
        }

        var room = (int)(LabelShare * step / (LetterWidth * LabelSize));
        var gap = LineGap * LabelSize / (Top - Bottom);
        foreach (var (i, field) in fields.Index())
        {
            AddAxis(model, At(i), titles[i], ScaleTicks.Of(scales[i], [.. shown.Select(trial => trial.Values[field])], gap).Select(tick => (tick.Share, ShortText.Of(tick.Text, scales[i].Categories, Math.Min(room, LongestLabel)))), TickSize);
        }

        var ticks = ScaleTicks.Of(scores, score => SweepText.Score(document.Metric, score), gap).Select(tick => (isLoss ? 1 - tick.Share : tick.Share, tick.Text));
        AddAxis(model, At(fields.Count), titles[^1], ticks, BarWidth);
        var figure = Figure.Svg(model, "parallel", Label(document, shown, fields), width, height);
        return Paragraph(Legend(shown)) + Text($"<div class=\"wide\"><div style=\"min-width: {LeastScale * width:F0}px\">{figure}</div></div>");

        double At(int axis) => Side + (step * axis);
        double Goodness(double score) => isLoss && scores.Max > scores.Min ? 1 - scores.Share(score) : scores.Share(score);
    }

    private static double Up(double share) => Bottom + (share * (Top - Bottom));

    private static PlotModel Empty(double width, double height)
    {
        var model = Figure.Create(
            new LinearAxis { Position = AxisPosition.Bottom, Minimum = 0, Maximum = width, IsAxisVisible = false },
            new LinearAxis { Position = AxisPosition.Left, Minimum = 0, Maximum = height, IsAxisVisible = false },
            legend: false);
        model.PlotAreaBorderThickness = model.PlotMargins = model.Padding = new(0);
        return model;
    }

    private static LineSeries Line(TrialDocument trial, double goodness, bool isFirst, int count, IEnumerable<DataPoint> points)
    {
        var isWhole = trial.Result.State == TrialState.Finished;
        var line = new LineSeries
        {
            Color = OxyColor.FromAColor(isWhole ? byte.MaxValue : Faint, Figure.Ramp[Math.Min((int)(goodness * Figure.Ramp.Count), Figure.Ramp.Count - 1)]),
            StrokeThickness = !isWhole ? 1 : isFirst ? 4 : count > Many ? 1.2 : 2,
        };
        line.Points.AddRange(points);
        return line;
    }

    /// <summary>The colours beside the scores that have them.</summary>
    private static void AddScoreBar(PlotModel model, double x)
    {
        foreach (var (i, color) in Figure.Ramp.Index())
        {
            model.Annotations.Add(new RectangleAnnotation
            {
                MinimumX = x,
                MaximumX = x + BarWidth,
                MinimumY = Up((double)i / Figure.Ramp.Count),
                MaximumY = Up((i + 1.0) / Figure.Ramp.Count),
                Fill = color,
                StrokeThickness = 0,
            });
        }
    }

    private static void AddAxis(PlotModel model, double x, string title, IEnumerable<(double Share, string Text)> ticks, double tickSize)
    {
        var line = new LineSeries { Color = Figure.Ink, StrokeThickness = 1 };
        line.Points.AddRange([new(x, Bottom), new(x, Top)]);
        foreach (var (share, text) in ticks)
        {
            line.Points.AddRange([DataPoint.Undefined, new(x, Up(share)), new(x + tickSize, Up(share))]);
            model.Annotations.Add(Written(text, new(x + tickSize + 3, Up(share)), LabelSize, HorizontalAlignment.Left, VerticalAlignment.Middle));
        }

        model.Series.Add(line);
        foreach (var (i, part) in TitleLines(title).Reverse().Index())
        {
            model.Annotations.Add(Written(part, new(x, Top + TitleGap + (i * LineHeight * TitleSize)), TitleSize, HorizontalAlignment.Center, VerticalAlignment.Bottom));
        }
    }

    private static TextAnnotation Written(string text, DataPoint at, double size, HorizontalAlignment across, VerticalAlignment along) => new()
    {
        Text = text,
        TextPosition = at,
        FontSize = size,
        TextColor = Figure.Ink,
        StrokeThickness = 0,
        Padding = new(0),
        TextHorizontalAlignment = across,
        TextVerticalAlignment = along,
    };

    /// <summary>A name in lines that fit over its axis, broken behind points and underscores.</summary>
    private static ImmutableArray<string> TitleLines(string title)
    {
        var most = (int)(Math.Min(LeastStep, 2 * Side) / (LetterWidth * TitleSize));
        List<string> lines = [""];
        foreach (var word in Words(title))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + word.Length > most)
            {
                lines.Add("");
            }

            lines[^1] += word;
        }

        return [.. (lines.Count > MostTitleLines ? [lines[0], "\u2026", lines[^1]] : lines).Select(line => ShortText.Of(line, [], most))];
    }

    private static IEnumerable<string> Words(string title)
    {
        for (var start = 0; start < title.Length;)
        {
            var end = title.IndexOfAny(['.', '_', ' '], start);
            var next = end < 0 ? title.Length : end + 1;
            yield return title[start..next];
            start = next;
        }
    }

    private static string Legend(List<TrialDocument> shown)
    {
        var best = shown[0].Result.State == TrialState.Finished ? $" The thick one is the best, {shown[0].Name}." : "";
        var faint = shown.Any(trial => trial.Result.State != TrialState.Finished) ? " Faint ones were stopped, or are not whole." : "";
        return $"A line for each trial goes through its values to its score; the better that is, the higher it ends, and it has the score's colour.{best}{faint}";
    }

    private static string Label(SweepDocument document, List<TrialDocument> shown, List<int> fields) =>
        Text($"Parallel coordinates: {shown.Count} trials through {string.Join(", ", fields.Select(field => document.Fields[field]))} to {AdviceNumbers.Name(document.Metric)}; ")
        + $"first {shown[0].Name}: {string.Join(", ", fields.Select(field => $"{document.Fields[field]} {shown[0].Values[field]}"))}, {SweepText.Score(document.Metric, shown[0].Score!.Value)}";
}
