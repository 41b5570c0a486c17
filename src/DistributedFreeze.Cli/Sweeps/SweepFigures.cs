using System.Globalization;
using DistributedFreeze.Cli.Advise;
using DistributedFreeze.Cli.Evaluate.Report;
using DistributedFreeze.Sweeps;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DistributedFreeze.Cli.Sweeps;

/// <summary>What trials scored against one of the fields that they differ in.</summary>
internal static class SweepFigures
{
    private const double Width = 800;
    private const double Height = 260;

    /// <param name="document">With at least one score.</param>
    /// <param name="field">Which of its fields.</param>
    public static string Of(SweepDocument document, int field)
    {
        var name = document.Fields[field];
        var share = AdviceNumbers.IsShare(document.Metric) ? 100 : 1;
        var shown = document.Trials.Where(trial => trial.Score is { } score && double.IsFinite(score)).ToList();
        var (axis, place) = AxisOf(name, [.. shown.Select(trial => trial.Values[field])]);
        var model = Figure.Create(axis, new LinearAxis { Position = AxisPosition.Left, Title = AdviceNumbers.Name(document.Metric), AxisTitleDistance = 12, MaximumPadding = 0.1, MinimumPadding = 0.1 }, legend: true);
        foreach (var (i, (title, trials)) in Series(shown).Index())
        {
            var dots = new ScatterSeries { Title = title, MarkerType = MarkerType.Circle, MarkerSize = 4, MarkerFill = Figure.Series[i] };
            dots.Points.AddRange(trials.Select(trial => new ScatterPoint(place(trial.Values[field]), share * trial.Score!.Value)));
            model.Series.Add(dots);
        }

        return Figure.Svg(model, string.Create(CultureInfo.InvariantCulture, $"field-{field}"), $"{AdviceNumbers.Name(document.Metric)} of every trial against {name}", Width, Height);
    }

    private static IEnumerable<(string Title, List<TrialDocument> Trials)> Series(List<TrialDocument> shown)
    {
        var whole = shown.Where(trial => trial.Result.State == TrialState.Finished).ToList();
        return new[] { ("trained whole", whole), ("stopped or not whole", shown.Except(whole).ToList()), ("best", whole.Take(1).ToList()) }.Where(series => series.Item2.Count > 0);
    }

    private static (Axis Axis, Func<string, double> Place) AxisOf(string name, List<string> values)
    {
        var scale = FieldScale.Of(values);
        if (scale.Categories.IsEmpty)
        {
            return (scale.IsLogarithmic
                ? new LogarithmicAxis { Position = AxisPosition.Bottom, Title = name, Minimum = scale.Min / 1.3, Maximum = scale.Max * 1.3 }
                : new LinearAxis { Position = AxisPosition.Bottom, Title = name, MinimumPadding = 0.05, MaximumPadding = 0.05 }, scale.At);
        }

        var categories = new CategoryAxis { Position = AxisPosition.Bottom, Title = name, IsTickCentered = true };
        categories.Labels.AddRange(scale.Categories);
        return (categories, scale.At);
    }
}
