using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Advice;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What may be asked where advice is wanted. Pure and thread-safe.</summary>
public static class AdviceRules
{
    /// <summary>The fewest folds that images are dealt into.</summary>
    public const int FewestFolds = 2;

    /// <summary>The most folds that images are dealt into.</summary>
    public const int MostFolds = 10;

    /// <summary>Refuses what cannot be asked, before any file is looked at.</summary>
    /// <param name="request">What is asked.</param>
    /// <exception cref="InvalidInputException">The run is invalid, or none that can be advised on, or a number is out of its range; it holds all problems.</exception>
    public static void EnsureValid(AdviceRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ImmutableArray<Problem> problems = [.. RunSpecValidator.Validate(request.Spec), .. OfAdvice(request)];
        if (!problems.IsEmpty)
        {
            throw new InvalidInputException(problems);
        }
    }

    private static IEnumerable<Problem> OfAdvice(AdviceRequest request)
    {
        if (request.Spec.From is not null)
        {
            yield return new("from", "cannot be advised on: what is compared is how much to unfreeze of the base in `model.weights`; leave it out");
        }

        if (request.Spec.Model?.Base is not null)
        {
            yield return new("model.base", "cannot be advised on: of an ONNX model the head alone trains, so there is no choice of layers to compare; leave it out");
        }

        if (request.Spec.Model?.Head?.Inputs is { IsDefaultOrEmpty: false })
        {
            yield return new("model.head.inputs", "cannot be advised on: which blocks a head should read is part of the answer; leave it out");
        }

        if (!Enum.IsDefined(request.Metric))
        {
            yield return new("metric", "must be one of those that there are");
        }

        if (request.Folds is < FewestFolds or > MostFolds)
        {
            yield return new("folds", string.Create(CultureInfo.InvariantCulture, $"must be from {FewestFolds} to {MostFolds}, got {request.Folds}"));
        }

        if (request.Budget <= TimeSpan.Zero)
        {
            yield return new("budget", "must be more than 0 seconds");
        }

        if (request.MaxModelBytes <= 0)
        {
            yield return new("max_model", "must be more than 0 bytes");
        }
    }
}
