namespace DistributedFreeze.Training.Advice;

/// <summary>Finds the least value of a smooth convex function (limited-memory BFGS). Pure and thread-safe.</summary>
/// <remarks>Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 7.5, with backtracking (3.1) for the step.</remarks>
internal static class Minimizer
{
    private const int Memory = 10;
    private const int MostHalvings = 40;

    /// <summary>Share of the decrease that the gradient promises with which a step is content.</summary>
    private const double Decrease = 1e-4;

    /// <summary>Gives the function's value at a point, and writes its gradient there.</summary>
    public delegate double Function(ReadOnlySpan<double> at, Span<double> gradient);

    /// <param name="function">The function.</param>
    /// <param name="x">Where to begin; receives where it ended.</param>
    /// <param name="tolerance">It ends where no entry of the gradient is larger.</param>
    /// <param name="iterations">It ends after so many steps in any case.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static void Minimize(Function function, double[] x, double tolerance, int iterations, CancellationToken cancellationToken)
    {
        var (gradient, nextGradient) = (new double[x.Length], new double[x.Length]);
        var (next, direction) = (new double[x.Length], new double[x.Length]);
        var pairs = new LinkedList<(double[] Step, double[] Change, double Curvature)>();
        var value = function(x, gradient);
        for (var iteration = 0; iteration < iterations && Largest(gradient) > tolerance; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Turn(gradient, pairs, direction);
            var step = pairs.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(DoubleVector.Dot(gradient, gradient))) : 1;
            if (!TryStep(step, DoubleVector.Dot(gradient, direction)))
            {
                return; // as low as doubles tell
            }

            Remember(pairs, x, next, gradient, nextGradient);
            (gradient, nextGradient) = (nextGradient, gradient);
            next.CopyTo(x, 0);
        }

        bool TryStep(double step, double slope)
        {
            for (var halving = 0; halving < MostHalvings; halving++, step /= 2)
            {
                x.CopyTo(next, 0);
                DoubleVector.AddMultiple(step, direction, next);
                var there = function(next, nextGradient);
                if (there <= value + (Decrease * step * slope))
                {
                    value = there;
                    return true;
                }
            }

            return false;
        }
    }

    private static void Remember(LinkedList<(double[] Step, double[] Change, double Curvature)> pairs, double[] x, double[] next, double[] gradient, double[] nextGradient)
    {
        var (step, change) = ((double[])next.Clone(), (double[])nextGradient.Clone());
        DoubleVector.AddMultiple(-1, x, step);
        DoubleVector.AddMultiple(-1, gradient, change);
        var curvature = DoubleVector.Dot(step, change);
        if (curvature <= 0)
        {
            return; // a step too small to tell
        }

        pairs.AddFirst((step, change, curvature));
        if (pairs.Count > Memory)
        {
            pairs.RemoveLast();
        }
    }

    /// <summary>Multiplies the gradient by minus the inverse curvature, as far as it is known.</summary>
    private static void Turn(double[] gradient, LinkedList<(double[] Step, double[] Change, double Curvature)> pairs, double[] direction)
    {
        Array.Clear(direction);
        DoubleVector.AddMultiple(-1, gradient, direction);
        var shares = new Stack<double>();
        foreach (var (step, change, curvature) in pairs)
        {
            var share = DoubleVector.Dot(step, direction) / curvature;
            DoubleVector.AddMultiple(-share, change, direction);
            shares.Push(share);
        }

        if (pairs.First is { } newest)
        {
            var scale = newest.Value.Curvature / DoubleVector.Dot(newest.Value.Change, newest.Value.Change);
            foreach (ref var entry in direction.AsSpan())
            {
                entry *= scale;
            }
        }

        for (var pair = pairs.Last; pair is not null; pair = pair.Previous)
        {
            var (step, change, curvature) = pair.Value;
            DoubleVector.AddMultiple(shares.Pop() - (DoubleVector.Dot(change, direction) / curvature), step, direction);
        }
    }

    private static double Largest(double[] values)
    {
        var largest = 0.0;
        foreach (var value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }
}
