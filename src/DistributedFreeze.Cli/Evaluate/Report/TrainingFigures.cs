using System.Globalization;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Runs;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace DistributedFreeze.Cli.Evaluate.Report;

/// <summary>How a run went: its curves over all epochs, with a line where another phase begins.</summary>
internal static class TrainingFigures
{
    private const double Width = 800;
    private const double Height = 260;

    public static string Loss(Receipt receipt) =>
        Curves(receipt, "loss", "Loss after every epoch", ("training", epoch => epoch.TrainLoss), ("validation", epoch => epoch.ValidationLoss));

    public static string Accuracy(Receipt receipt) =>
        Curves(receipt, "accuracy", "Accuracy after every epoch", ("training", epoch => epoch.TrainAccuracy), ("validation", epoch => epoch.ValidationAccuracy));

    /// <summary>The rate of every step, as the run's schedules have it.</summary>
    public static string LearningRates(Receipt receipt)
    {
        var model = Empty(receipt, "learning rate", legend: false);
        model.Axes[1].StringFormat = "0.#e+0";
        var line = new LineSeries { Color = Figure.Series[0], StrokeThickness = 2 };
        var before = 0;
        foreach (var (phase, spec) in receipt.Spec.Phases.Index())
        {
            var epochs = receipt.Epochs.Count(epoch => epoch.Phase == phase);
            var steps = epochs == 0 || phase >= receipt.Phases.Length ? 0 : (int)(receipt.Phases[phase].Steps / epochs);
            var reductions = Reductions(receipt, phase);
            for (var step = 0L; step < (long)steps * epochs; step += Math.Max(1, (long)steps * epochs / 500))
            {
                line.Points.Add(new(before + 0.5 + ((step + 1.0) / steps), spec.Optimizer.LearningRate * LearningRate.Factor(spec.Schedule, step, steps, spec.Epochs, reductions[(int)(step / steps)])));
            }

            line.Points.Add(DataPoint.Undefined);
            before += epochs;
        }

        model.Series.Add(line);
        return Figure.Svg(model, "learning-rate", "Learning rate of every step", Width, Height / 1.5);
    }

    /// <summary>How often the rate was lowered before each epoch of a phase.</summary>
    private static List<int> Reductions(Receipt receipt, int phase)
    {
        List<int> before = [];
        var (reductions, best) = (0, (int?)null);
        foreach (var epoch in receipt.Epochs.Where(epoch => epoch.Phase == phase))
        {
            before.Add(reductions);
            best = epoch.IsBest ? epoch.Epoch : best;
            reductions = LearningRate.ReductionsAfter(reductions, epoch.Epoch, best, receipt.Spec.Phases[phase].Schedule);
        }

        return before;
    }

    private static string Curves(Receipt receipt, string name, string label, params (string Name, Func<EpochResult, double?> Of)[] curves)
    {
        var model = Empty(receipt, name, legend: true);
        foreach (var (i, curve) in curves.Index())
        {
            var line = new LineSeries { Title = curve.Name, Color = Figure.Series[i], StrokeThickness = 2, MarkerType = receipt.Epochs.Length <= 40 ? MarkerType.Circle : MarkerType.None, MarkerFill = Figure.Series[i], MarkerSize = 3 };
            line.Points.AddRange(receipt.Epochs.Select((epoch, n) => (n, Value: curve.Of(epoch))).Where(point => point.Value is not null).Select(point => new DataPoint(point.n + 1, point.Value!.Value)));
            if (line.Points.Count > 0)
            {
                model.Series.Add(line);
            }
        }

        return Figure.Svg(model, name, label, Width, Height);
    }

    private static PlotModel Empty(Receipt receipt, string name, bool legend)
    {
        var model = Figure.Create(
            new LinearAxis { Position = AxisPosition.Bottom, Title = "epoch", Minimum = 0.5, Maximum = receipt.Epochs.Length + 0.5, MinimumMajorStep = 1 },
            new LinearAxis { Position = AxisPosition.Left, Title = name, AxisTitleDistance = 12 },
            legend);
        for (var n = 1; n < receipt.Epochs.Length; n++)
        {
            if (receipt.Epochs[n].Phase != receipt.Epochs[n - 1].Phase)
            {
                model.Annotations.Add(new LineAnnotation
                {
                    Type = LineAnnotationType.Vertical,
                    X = n + 0.5,
                    Color = Figure.Ink,
                    LineStyle = LineStyle.Dash,
                    Text = string.Create(CultureInfo.InvariantCulture, $"phase {receipt.Epochs[n].Phase + 1}"),
                    TextColor = Figure.Ink,
                });
            }
        }

        return model;
    }
}
