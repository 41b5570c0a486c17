namespace DistributedFreeze.Training.Advice;

/// <summary>Multinomial logistic regression with an L2 penalty on its weights, none on its intercepts. Immutable and thread-safe.</summary>
/// <remarks>
/// It minimizes the sum over rows of the cross-entropy plus the sum of squared weights over 2 C, in double precision and one order of addition: the optimum
/// that scikit-learn's <c>LogisticRegression(C=C, multi_class="multinomial")</c> looks for.
/// </remarks>
internal sealed class LogisticRegression
{
    private readonly double[] _parameters;
    private readonly int _features;

    private LogisticRegression(double[] parameters, int features, int classes) => (_parameters, _features, Classes) = (parameters, features, classes);

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>A weight.</summary>
    /// <param name="class">Its class.</param>
    /// <param name="feature">Its feature; the number of features for the intercept.</param>
    public double this[int @class, int feature] => _parameters[(@class * (_features + 1)) + feature];

    /// <param name="rows">The features of each row, one row after another.</param>
    /// <param name="labels">The class of each row, 0 up to but not including <paramref name="classes"/>; at least one.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="c">C: how little the weights are held back; above 0.</param>
    /// <param name="tolerance">It ends where no entry of the gradient is larger than this times the number of rows.</param>
    /// <param name="iterations">It ends after so many steps in any case.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="ArgumentException">There is no row, or <paramref name="rows"/> do not divide by their number.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static LogisticRegression Fit(double[] rows, int[] labels, int classes, double c, double tolerance, int iterations, CancellationToken cancellationToken)
    {
        if (labels.Length == 0 || rows.Length % labels.Length != 0)
        {
            throw new ArgumentException($"{rows.Length} numbers are not the features of {labels.Length} rows.", nameof(rows));
        }

        var features = rows.Length / labels.Length;
        var parameters = new double[classes * (features + 1)];
        var scores = new double[classes];
        Minimizer.Minimize(Loss, parameters, tolerance * labels.Length, iterations, cancellationToken);
        return new(parameters, features, classes);

        double Loss(ReadOnlySpan<double> at, Span<double> gradient)
        {
            gradient.Clear();
            var (loss, penalty) = (0.0, 0.0);
            for (var row = 0; row < labels.Length; row++)
            {
                var values = rows.AsSpan(row * features, features);
                Scores(at, values, features, scores);
                loss += Softmax(scores, labels[row]);
                for (var k = 0; k < classes; k++)
                {
                    var error = scores[k] - (k == labels[row] ? 1 : 0);
                    var slot = gradient.Slice(k * (features + 1), features + 1);
                    DoubleVector.AddMultiple(error, values, slot[..features]);
                    slot[features] += error;
                }
            }

            for (var k = 0; k < classes; k++)
            {
                var weights = at.Slice(k * (features + 1), features);
                penalty += DoubleVector.Dot(weights, weights);
                DoubleVector.AddMultiple(1 / c, weights, gradient.Slice(k * (features + 1), features));
            }

            return loss + (penalty / (2 * c));
        }
    }

    /// <summary>The cross-entropy of a row, and the class that is likeliest; of equally likely ones the first.</summary>
    /// <param name="row">Its features.</param>
    /// <param name="label">Its class.</param>
    public (double Loss, int Answer) Judge(ReadOnlySpan<double> row, int label)
    {
        var scores = new double[Classes];
        Scores(_parameters, row, _features, scores);
        var loss = Softmax(scores, label);
        return (loss, Array.IndexOf(scores, scores.Max()));
    }

    /// <summary>The probability of each class.</summary>
    /// <param name="row">Features of a row.</param>
    public double[] Probabilities(ReadOnlySpan<double> row)
    {
        var scores = new double[Classes];
        Scores(_parameters, row, _features, scores);
        _ = Softmax(scores, 0);
        return scores;
    }

    private static void Scores(ReadOnlySpan<double> parameters, ReadOnlySpan<double> row, int features, Span<double> scores)
    {
        for (var k = 0; k < scores.Length; k++)
        {
            var slot = parameters.Slice(k * (features + 1), features + 1);
            scores[k] = DoubleVector.Dot(slot[..features], row) + slot[features];
        }
    }

    /// <summary>Turns scores into probabilities.</summary>
    /// <returns>The cross-entropy.</returns>
    private static double Softmax(Span<double> scores, int label)
    {
        var peak = scores[0];
        foreach (var score in scores)
        {
            peak = Math.Max(peak, score);
        }

        var (own, sum) = (scores[label] - peak, 0.0);
        foreach (ref var score in scores)
        {
            score = Math.Exp(score - peak);
            sum += score;
        }

        foreach (ref var score in scores)
        {
            score /= sum;
        }

        return Math.Log(sum) - own;
    }
}
