using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>How good a classifier is, by images whose class is known. Immutable and thread-safe.</summary>
/// <remarks>Sums are taken in the order of the images, so the same images in the same order give the same bits.</remarks>
/// <example>
/// <code><![CDATA[
/// using System;
/// using System.IO;
/// using System.Linq;
/// using DistributedFreeze.Inference;
/// using DistributedFreeze.Evaluation;
///
/// using var classifier = ImageClassifier.Open("run1/model.onnx"); // what dfreeze export run1 wrote
/// var images = classifier.Classes.SelectMany((name, number) => Directory.EnumerateFiles($"photos/test/{name}").Order(StringComparer.Ordinal)
///     .Select(path => new ClassifiedImage(path, number, classifier.Classify(path))));
/// var evaluation = ClassifierEvaluation.Of(classifier.Classes, images, seed: 0);
/// Console.WriteLine($"{evaluation.Scores.Accuracy:P1}, macro F1 {evaluation.Scores.Macro.F1:0.000}");
/// ]]></code>
/// </example>
public sealed record ClassifierEvaluation
{
    /// <summary>How many of the most probable classes <see cref="TopK"/> looks at, where there are more than that.</summary>
    public const int LargestK = 5;

    private ClassifierEvaluation()
    {
    }

    /// <summary>Class names, in the order of their numbers.</summary>
    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>The images, in the order in which they were given.</summary>
    public required ImmutableArray<ClassifiedImage> Images { get; init; }

    /// <summary>Images of each class by answer.</summary>
    public required ConfusionMatrix Confusion { get; init; }

    /// <summary>What follows from the answers.</summary>
    public required AnswerScores Scores { get; init; }

    /// <summary>95 % interval of the accuracy.</summary>
    public required AccuracyInterval AccuracyInterval { get; init; }

    /// <summary>Mean of -ln of the probability of an image's class (<see cref="ProbabilityScores.LogLoss"/>).</summary>
    public required double Loss { get; init; }

    /// <summary>How many of the most probable classes <see cref="TopKAccuracy"/> looks at: 5, or one less than there are classes, at least 1.</summary>
    public required int TopK { get; init; }

    /// <summary>Share of the images whose class is among the <see cref="TopK"/> most probable ones, 0 to 1.</summary>
    public required double TopKAccuracy { get; init; }

    /// <summary>Brier score over all classes, 0 to 2 (<see cref="ProbabilityScores.Brier"/>).</summary>
    public required double BrierScore { get; init; }

    /// <summary>Whether the classifier is right as often as it says.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>Area under the ROC of each class against the rest; null where the class has no image, or every one.</summary>
    public required ImmutableArray<double?> RocAuc { get; init; }

    /// <summary>
    /// Mean of those areas that there are; null where there is none. scikit-learn's <c>roc_auc_score(multi_class="ovr")</c> where every class has an image; where one has
    /// none it refuses, and here the class is left out.
    /// </summary>
    public required double? MacroRocAuc { get; init; }

    /// <summary>Computes every measure.</summary>
    /// <param name="classes">Class names, in the order of their numbers.</param>
    /// <param name="images">The images, at least one.</param>
    /// <param name="seed">Key of the bootstrap's random numbers.</param>
    /// <exception cref="ArgumentException">There is no image, or one has more or fewer probabilities than there are classes.</exception>
    public static ClassifierEvaluation Of(ImmutableArray<string> classes, IEnumerable<ClassifiedImage> images, long seed)
    {
        ImmutableArray<ClassifiedImage> all = [.. images];
        if (all.IsEmpty || all.FirstOrDefault(image => image.Probabilities.Length != classes.Length) is not null)
        {
            throw new ArgumentException(all.IsEmpty ? "There is no image." : $"An image has not {classes.Length} probabilities.", nameof(images));
        }

        var confusion = ConfusionMatrix.Of([.. all.Select(image => image.Class)], [.. all.Select(image => image.Answer)], classes.Length);
        var areas = classes.Select((_, c) => Evaluation.RocAuc.Of([.. all.Select(image => image.Probabilities[c])], [.. all.Select(image => image.Class == c)]))
            .ToImmutableArray();
        var k = Math.Clamp(classes.Length - 1, 1, LargestK);
        return new()
        {
            Classes = classes,
            Images = all,
            Confusion = confusion,
            Scores = AnswerScores.Of(confusion),
            AccuracyInterval = AccuracyInterval.Of(confusion.Correct, all.Length, seed),
            Loss = ProbabilityScores.LogLoss(all),
            TopK = k,
            TopKAccuracy = ProbabilityScores.TopK(all, k),
            BrierScore = ProbabilityScores.Brier(all),
            Calibration = Calibration.Of(all),
            RocAuc = areas,
            MacroRocAuc = areas.Average(),
        };
    }

    /// <summary>The mistakes that the classifier was surest of, the surest first; equally sure ones by name.</summary>
    /// <param name="count">At most so many.</param>
    public IEnumerable<ClassifiedImage> SurestMistakes(int count) =>
        Images.Where(image => !image.IsRight).OrderByDescending(image => image.Confidence).ThenBy(image => image.Name, StringComparer.Ordinal).Take(count);

    /// <summary>The images that the classifier was least sure of, right or wrong, the least sure first; equally sure ones by name.</summary>
    /// <param name="count">At most so many.</param>
    public IEnumerable<ClassifiedImage> LeastCertain(int count) =>
        Images.OrderBy(image => image.Confidence).ThenBy(image => image.Name, StringComparer.Ordinal).Take(count);
}
