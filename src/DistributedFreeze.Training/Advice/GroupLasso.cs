using System.Collections.Immutable;

namespace DistributedFreeze.Training.Advice;

/// <summary>Multinomial logistic regression whose weights are held back group by group, so that whole groups of features drop out. Not thread-safe.</summary>
/// <remarks>
/// <para>It minimizes the mean cross-entropy plus a penalty times the sum of the groups' norms (Yuan and Lin, "Model selection and estimation in regression with
/// grouped variables", 2006), where the rows of each group have been scaled to about length 1; intercepts are free. What is left of a group shrinks as the
/// penalty grows, down to nothing.</para>
/// <para>There are many more features than rows, so it works on the rows' products alone: weights are sums of rows, and each group has one factor for each row and
/// class. Accelerated proximal descent (Beck and Teboulle, "FISTA", 2009), in double precision and one order of addition.</para>
/// </remarks>
internal sealed class GroupLasso
{
    private const int PowerSteps = 60;
    private const double Safety = 1.02;

    private readonly ImmutableArray<double[]> _products;
    private readonly int[] _labels;
    private readonly int _classes;
    private readonly double _step;
    private readonly Iterate[] _groups;
    private readonly double[] _intercepts;
    private readonly double[] _lastIntercepts;
    private readonly double[] _errors;

    /// <param name="products">For each group the Gram matrix of the rows that train, row by row.</param>
    /// <param name="labels">The class of each row, at least one.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    public GroupLasso(ImmutableArray<double[]> products, int[] labels, int classes)
    {
        (_products, _labels, _classes) = (products, labels, classes);
        _errors = new double[classes * labels.Length];
        (_intercepts, _lastIntercepts) = (new double[classes], new double[classes]);
        _groups = [.. products.Select(_ => new Iterate(_errors.Length))];
        _step = 1 / Curvature();
        BeginWithShares();
        GreatestPenalty = GradientNorms().Max();
    }

    /// <summary>From this penalty on no group is left.</summary>
    public double GreatestPenalty { get; }

    /// <summary>The groups that are left, ascending.</summary>
    public ImmutableArray<int> Left => [.. Enumerable.Range(0, _groups.Length).Where(group => _groups[group].Norm > 0)];

    private int Rows => _labels.Length;

    /// <summary>Goes on from where it stands to the optimum for a penalty.</summary>
    /// <param name="penalty">The penalty, at least 0.</param>
    /// <param name="tolerance">It ends where no factor changes by more than this in a step.</param>
    /// <param name="steps">It ends after so many steps in any case.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Fit(double penalty, double tolerance, int steps, CancellationToken cancellationToken)
    {
        var momentum = 1.0;
        foreach (var group in _groups)
        {
            group.Rest();
        }

        _intercepts.CopyTo(_lastIntercepts, 0);
        for (var step = 0; step < steps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var next = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
            var ahead = (momentum - 1) / next;
            momentum = next;
            Errors(ahead);
            var change = MoveIntercepts(ahead);
            foreach (var (products, group) in _products.Zip(_groups))
            {
                change = Math.Max(change, Move(group, products, ahead, penalty));
            }

            if (change <= tolerance)
            {
                return;
            }
        }
    }

    /// <summary>Norm of the mean loss's gradient by the weights of each group: at the optimum the penalty where the group is left, else no more.</summary>
    public ImmutableArray<double> GradientNorms()
    {
        Errors(ahead: 0);
        var image = new double[Rows];
        return [.. _products.Select(Norm)];

        double Norm(double[] products)
        {
            var sum = 0.0;
            for (var k = 0; k < _classes; k++)
            {
                var errors = _errors.AsSpan(k * Rows, Rows);
                Multiply(products, errors, image);
                sum += DoubleVector.Dot(errors, image);
            }

            return Math.Sqrt(Math.Max(0, sum)) / Rows;
        }
    }

    /// <summary>The scores of a row that did not train.</summary>
    /// <param name="products">For each group the products of this row with the rows that trained.</param>
    /// <returns>One for each class.</returns>
    public double[] Score(ImmutableArray<ReadOnlyMemory<double>> products)
    {
        var scores = (double[])_intercepts.Clone();
        foreach (var (own, group) in products.Zip(_groups).Where(pair => pair.Second.Norm > 0))
        {
            for (var k = 0; k < _classes; k++)
            {
                scores[k] += DoubleVector.Dot(own.Span, group.Factors.AsSpan(k * Rows, Rows));
            }
        }

        return scores;
    }

    /// <summary>Without any group the likelihood of a class is its share.</summary>
    private void BeginWithShares()
    {
        for (var k = 0; k < _classes; k++)
        {
            _intercepts[k] = Math.Log(Math.Max(_labels.Count(label => label == k), 0.5) / Rows);
        }

        _intercepts.CopyTo(_lastIntercepts, 0);
    }


    /// <summary>An upper bound of the mean loss's second derivative: half the greatest eigenvalue of all products, by the number of rows (Böhning, 1992).</summary>
    private double Curvature()
    {
        double[] vector = [.. Enumerable.Repeat(1 / Math.Sqrt(Rows), Rows)];
        var (sum, image, greatest) = (new double[Rows], new double[Rows], 1.0);
        for (var step = 0; step < PowerSteps; step++)
        {
            Array.Fill(sum, vector.Sum()); // the intercepts' part
            foreach (var products in _products)
            {
                Multiply(products, vector, image);
                DoubleVector.AddMultiple(1, image, sum);
            }

            greatest = Math.Sqrt(DoubleVector.Dot(sum, sum));
            vector = [.. sum.Select(value => value / greatest)];
        }

        return Safety * greatest / (2 * Rows);
    }

    /// <summary>Probability less truth of each class and row, a step ahead in the direction of the last one.</summary>
    private void Errors(double ahead)
    {
        for (var k = 0; k < _classes; k++)
        {
            var scores = _errors.AsSpan(k * Rows, Rows);
            scores.Fill(_intercepts[k] + (ahead * (_intercepts[k] - _lastIntercepts[k])));
            foreach (var group in _groups)
            {
                DoubleVector.AddMultiple(1 + ahead, group.Scores.AsSpan(k * Rows, Rows), scores);
                DoubleVector.AddMultiple(-ahead, group.LastScores.AsSpan(k * Rows, Rows), scores);
            }
        }

        for (var row = 0; row < Rows; row++)
        {
            var (peak, sum) = (double.NegativeInfinity, 0.0);
            for (var k = 0; k < _classes; k++)
            {
                peak = Math.Max(peak, _errors[(k * Rows) + row]);
            }

            for (var k = 0; k < _classes; k++)
            {
                sum += _errors[(k * Rows) + row] = Math.Exp(_errors[(k * Rows) + row] - peak);
            }

            for (var k = 0; k < _classes; k++)
            {
                _errors[(k * Rows) + row] = (_errors[(k * Rows) + row] / sum) - (k == _labels[row] ? 1 : 0);
            }
        }
    }

    private double MoveIntercepts(double ahead)
    {
        var greatest = 0.0;
        for (var k = 0; k < _classes; k++)
        {
            var slope = 0.0;
            foreach (var error in _errors.AsSpan(k * Rows, Rows))
            {
                slope += error;
            }

            var (now, last) = (_intercepts[k], _lastIntercepts[k]);
            _lastIntercepts[k] = now;
            _intercepts[k] = now + (ahead * (now - last)) - (_step * slope / Rows);
            greatest = Math.Max(greatest, Math.Abs(_intercepts[k] - now));
        }

        return greatest;
    }

    /// <summary>One step of a group: down the gradient, then back towards nothing by the penalty.</summary>
    private double Move(Iterate group, double[] products, double ahead, double penalty)
    {
        var image = new double[Rows];
        var norm = 0.0;
        group.Extrapolate(ahead);
        for (var k = 0; k < _classes; k++)
        {
            var errors = _errors.AsSpan(k * Rows, Rows);
            Multiply(products, errors, image);
            DoubleVector.AddMultiple(-_step / Rows, errors, group.Factors.AsSpan(k * Rows, Rows));
            DoubleVector.AddMultiple(-_step / Rows, image, group.Scores.AsSpan(k * Rows, Rows));
            norm += DoubleVector.Dot(group.Factors.AsSpan(k * Rows, Rows), group.Scores.AsSpan(k * Rows, Rows));
        }

        norm = Math.Sqrt(Math.Max(0, norm));
        var held = _step * penalty;
        return group.Shrink(norm > held ? 1 - (held / norm) : 0, norm);
    }

    private void Multiply(double[] products, ReadOnlySpan<double> vector, Span<double> image)
    {
        for (var row = 0; row < Rows; row++)
        {
            image[row] = DoubleVector.Dot(products.AsSpan(row * Rows, Rows), vector);
        }
    }

    /// <summary>Where a group stands and stood a step ago: its factors, and the scores that it gives the rows.</summary>
    private sealed class Iterate(int length)
    {
        private double[] _lastFactors = new double[length];

        public double[] Factors { get; private set; } = new double[length];

        public double[] Scores { get; private set; } = new double[length];

        public double[] LastScores { get; private set; } = new double[length];

        /// <summary>Norm of its weights; 0 where it has dropped out.</summary>
        public double Norm { get; private set; }

        /// <summary>Forgets which way it was going.</summary>
        public void Rest()
        {
            Factors.CopyTo(_lastFactors, 0);
            Scores.CopyTo(LastScores, 0);
        }

        /// <summary>Goes on the way it was going.</summary>
        public void Extrapolate(double ahead)
        {
            (_lastFactors, Factors) = (Factors, _lastFactors);
            (LastScores, Scores) = (Scores, LastScores);
            for (var i = 0; i < Factors.Length; i++)
            {
                Factors[i] = ((1 + ahead) * _lastFactors[i]) - (ahead * Factors[i]);
                Scores[i] = ((1 + ahead) * LastScores[i]) - (ahead * Scores[i]);
            }
        }

        /// <returns>The greatest change of a score since the step before.</returns>
        public double Shrink(double factor, double norm)
        {
            Norm = factor * norm;
            var greatest = 0.0;
            for (var i = 0; i < Factors.Length; i++)
            {
                Factors[i] *= factor;
                Scores[i] *= factor;
                greatest = Math.Max(greatest, Math.Abs(Scores[i] - LastScores[i]));
            }

            return greatest;
        }
    }
}
