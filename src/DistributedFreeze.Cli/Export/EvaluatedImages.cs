using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using DistributedFreeze.Cli.CommandLine;
using DistributedFreeze.Data;
using DistributedFreeze.Errors;
using DistributedFreeze.Evaluation;
using DistributedFreeze.Inference;

namespace DistributedFreeze.Cli.Export;

/// <summary>What a model says of images.</summary>
/// <param name="Images">Those that could be read, in their order.</param>
/// <param name="Unreadable">A problem for each of the others.</param>
internal sealed record EvaluatedImages(ImmutableArray<ClassifiedImage> Images, ImmutableArray<Problem> Unreadable)
{
    /// <summary>Each thread decodes one image while another computes; the session uses every processor by itself.</summary>
    private const int Threads = 2;

    /// <summary>Classifies images one by one, so that an image's probabilities depend on nothing but the image.</summary>
    /// <param name="classifier">The model.</param>
    /// <param name="images">The images.</param>
    /// <param name="field">What the person named their folder with.</param>
    /// <param name="console">Shows how far it is; null shows nothing.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <exception cref="InvalidInputException">There are classes that the model does not know, or no image can be read.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static EvaluatedImages Classify(
        ImageClassifier classifier, EvaluationImages images, string field, CommandConsole? console, CancellationToken cancellationToken)
    {
        RequireKnown(classifier.Classes, images, field);
        var answers = new ClassifiedImage?[images.Images.Length];
        var problems = new Problem?[images.Images.Length];
        using var progress = console is null ? null : new EvaluationProgress(console, answers.Length, TimeProvider.System);
        For(answers.Length, Answer, cancellationToken);
        ImmutableArray<ClassifiedImage> readable = [.. answers.OfType<ClassifiedImage>()];
        ImmutableArray<Problem> unreadable = [.. problems.OfType<Problem>()];
        return readable.IsEmpty ? throw new InvalidInputException(unreadable) : new(readable, unreadable);

        void Answer(int i)
        {
            var image = images.Images[i];
            try
            {
                answers[i] = new(image.Path, classifier.Classes.IndexOf(image.Class), classifier.Classify(images.ContentOf(image.Path)));
            }
            catch (InvalidInputException unreadable)
            {
                problems[i] = unreadable.Problems[0];
            }

            progress?.Done();
        }
    }

    private static void RequireKnown(ImmutableArray<string> classes, EvaluationImages images, string field)
    {
        var unknown = images.Images.Select(image => image.Class).Distinct().Except(classes).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new InvalidInputException(
                field, $"{images.Root} has the {Classes(unknown)}, which the model does not know; it knows {List(classes)}");
        }
    }

    private static string Classes(List<string> names) => $"{(names.Count == 1 ? "class" : "classes")} {List(names)}";

    private static string List(IReadOnlyList<string> names) =>
        names.Count == 1 ? $"'{names[0]}'" : $"{string.Join(", ", names.SkipLast(1).Select(name => $"'{name}'"))} and '{names[^1]}'";

    private static void For(int count, Action<int> body, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.For(0, count, new() { MaxDegreeOfParallelism = Threads, CancellationToken = cancellationToken }, body);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}
