using System.Collections.Immutable;

namespace DistributedFreeze.Evaluation;

/// <summary>An image, its class, and what a classifier says of it. Immutable and thread-safe.</summary>
public sealed record ClassifiedImage
{
    /// <param name="name">Name of the image, such as its path.</param>
    /// <param name="class">Number of its class.</param>
    /// <param name="probabilities">The probability of each class, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no probability for the class.</exception>
    /// <exception cref="ArgumentException">A probability is not from 0 to 1, or all of them are 0.</exception>
    public ClassifiedImage(string name, int @class, ImmutableArray<float> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(@class);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(@class, probabilities.Length);
        if (!probabilities.All(probability => probability is >= 0 and <= 1) || probabilities.Max() == 0)
        {
            throw new ArgumentException($"{name} has a probability that is none: {string.Join(", ", probabilities)}.", nameof(probabilities));
        }

        (Name, Class, Probabilities) = (name, @class, probabilities);
        Answer = probabilities.IndexOf(probabilities.Max());
    }

    /// <summary>Name of the image, such as its path.</summary>
    public string Name { get; }

    /// <summary>Number of its class.</summary>
    public int Class { get; }

    /// <summary>The probability of each class, 0 to 1.</summary>
    public ImmutableArray<float> Probabilities { get; }

    /// <summary>The class of the highest probability; of equal ones the first, as NumPy's <c>argmax</c>.</summary>
    public int Answer { get; }

    /// <summary>Whether the answer is the class.</summary>
    public bool IsRight => Answer == Class;

    /// <summary>The highest probability, 0 to 1.</summary>
    public double Confidence => Probabilities[Answer];
}
