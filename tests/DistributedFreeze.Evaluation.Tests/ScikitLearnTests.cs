using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace DistributedFreeze.Evaluation;

/// <summary>Every measure beside scikit-learn's, computed by it while the test runs.</summary>
public sealed class ScikitLearnTests
{
    /// <summary>Both sides add doubles in another order.</summary>
    private const double Tolerance = 1e-12;

    private static readonly ImmutableArray<ClassifierEvaluation> Cases =
    [
        .. Enumerable.Range(0, 6).Select(seed => Drawn(seed, classes: 2 + seed, images: 150, levels: 0)),
        .. Enumerable.Range(6, 4).Select(seed => Drawn(seed, classes: 9, images: 60, levels: 4)), // ties, within images and between them
        Drawn(10, classes: 6, images: 40, levels: 3, present: 3), // half the classes have no image, and some are never answered
        Drawn(11, classes: 3, images: 30, levels: 0, present: 1),
        Given(3, (0, [0.2f, 0.5f, 0.3f])), // one image, wrong
        Given(2, (1, [0.25f, 0.75f])),
        Given(3, (0, [1, 0, 0]), (1, [1, 0, 0]), (2, [0, 0, 1]), (1, [0, 0.5f, 0.5f]), (2, [0.2f, 0.2f, 0.6f])), // exactly 0 and 1, and on the edge of a bin
        Given(2, (0, [1, 0]), (1, [1, 0]), (1, [0.5f, 0.5f])),
    ];

    [Fact]
    public void EveryMeasure_IsScikitLearns()
    {
        foreach (var (ours, theirs) in Cases.Zip(ScikitLearn.Score(Cases)))
        {
            Near(theirs["accuracy"], ours.Scores.Accuracy);
            Near(theirs["balanced"], ours.Scores.BalancedAccuracy);
            Near(theirs["loss"], ours.Loss);
            Near(theirs["brier"], ours.BrierScore);
            Near(theirs["calibration"], ours.Calibration.ExpectedError);
            Near(theirs["precision"], [.. ours.Scores.Classes.Select(score => score.Precision)]);
            Near(theirs["recall"], [.. ours.Scores.Classes.Select(score => score.Recall)]);
            Near(theirs["f1"], [.. ours.Scores.Classes.Select(score => score.F1)]);
            Near(theirs["support"], [.. ours.Scores.Classes.Select(score => (double)score.Support)]);
            Near(theirs["macro"], [ours.Scores.Macro.Precision, ours.Scores.Macro.Recall, ours.Scores.Macro.F1]);
            Near(theirs["weighted"], [ours.Scores.Weighted.Precision, ours.Scores.Weighted.Recall, ours.Scores.Weighted.F1]);
            Near(theirs["confusion"], [.. Square(ours.Confusion)]);
            Assert.Equal(theirs["areas"]!.AsArray().Select(area => area is null), ours.RocAuc.Select(area => area is null));
            Near(new JsonArray([.. theirs["areas"]!.AsArray().Where(area => area is not null).Select(area => area!.DeepClone())]), [.. ours.RocAuc.OfType<double>()]);
            NearIfThere(theirs["topK"], ours.TopKAccuracy);
            NearIfThere(theirs["macroArea"], ours.MacroRocAuc ?? double.NaN);
            NearIfThere(theirs["binaryBrier"], ours.BrierScore / 2);
        }
    }

    private static IEnumerable<double> Square(ConfusionMatrix matrix) =>
        from truth in Enumerable.Range(0, matrix.Classes)
        from answer in Enumerable.Range(0, matrix.Classes)
        select (double)matrix[truth, answer];

    private static void NearIfThere(JsonNode? theirs, double ours)
    {
        if (theirs is not null)
        {
            Near(theirs, ours);
        }
    }

    private static void Near(JsonNode? theirs, params ReadOnlySpan<double> ours)
    {
        var expected = Flat(theirs!).ToArray();
        Assert.Equal(expected.Length, ours.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - ours[i]) <= Tolerance, $"{theirs!.GetPath()}: {expected[i]:R} there, {ours[i]:R} here");
        }
    }

    private static IEnumerable<double> Flat(JsonNode node) => node is JsonArray list ? list.SelectMany(item => Flat(item!)) : [node.GetValue<double>()];

    /// <param name="seed">Key of the numbers.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="levels">How many different numbers probabilities are made of; 0 for any.</param>
    /// <param name="present">Classes that have images; the first ones.</param>
    private static ClassifierEvaluation Drawn(int seed, int classes, int images, int levels, int? present = null)
    {
        var random = new Random(seed);
        return ClassifierEvaluation.Of(Names(classes), Enumerable.Range(0, images).Select(i =>
        {
            var truth = i % (present ?? classes);
            var weights = Enumerable.Range(0, classes)
                .Select(c => (levels == 0 ? random.NextSingle() : random.Next(levels)) + (c == truth && random.Next(2) == 0 ? 0.75f : 0)).ToArray();
            weights[truth] += weights.Sum() == 0 ? 1 : 0;
            return new ClassifiedImage($"{i:000}.jpg", truth, [.. weights.Select(weight => weight / weights.Sum())]);
        }), seed);
    }

    private static ClassifierEvaluation Given(int classes, params (int Class, float[] Probabilities)[] images) =>
        ClassifierEvaluation.Of(Names(classes), images.Select((image, i) => new ClassifiedImage($"{i}.jpg", image.Class, [.. image.Probabilities])), seed: 0);

    private static ImmutableArray<string> Names(int classes) => [.. Enumerable.Range(0, classes).Select(c => $"class{c}")];
}
