using System.Collections.Immutable;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checks;

/// <summary>Finds images that are nearly the same by the features that a frozen base makes of them. Pure and thread-safe.</summary>
/// <remarks>
/// Two images are compared by the cosine between their features, from which the mean of all images is taken: features are positive, so without that any two
/// images look alike. Images that are alike are put into one group, and so are those that are alike to one of the group.
/// </remarks>
internal static class NearDuplicates
{
    /// <summary>From this cosine on two images count as nearly the same.</summary>
    public const double Threshold = 0.85;

    /// <summary>Images compared at a time.</summary>
    private const int Block = 1024;

    /// <summary>Pairs that are kept before those are left out which join nothing.</summary>
    private const int MostPairs = 1 << 20;

    /// <param name="features">The features of each image, all of one length.</param>
    /// <param name="done">Told how many comparisons are done, of the number that <see cref="Work"/> says.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>Each group: its images in ascending order, at least two, and the smallest cosine that it is held together by.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ImmutableArray<(ImmutableArray<int> Images, double Similarity)> Find(IReadOnlyList<float[]> features, Action<int> done, CancellationToken cancellationToken)
    {
        if (features.Count == 0)
        {
            return [];
        }

        var mean = Mean(features);
        List<(int Left, int Right, double Cosine)> pairs = [];
        for (var left = 0; left < features.Count; left += Block)
        {
            using var rows = Rows(features, left, mean);
            for (var right = left; right < features.Count; right += Block)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var others = right == left ? rows : Rows(features, right, mean);
                var cosines = rows.matmul(others.t());
                var alike = cosines.ge(Threshold);
                var places = alike.nonzero();
                var (numbers, values) = places.shape[0] == 0 ? ([], []) : (places.data<long>().ToArray(), cosines.masked_select(alike).data<float>().ToArray());
                for (var i = 0; i < values.Length; i++)
                {
                    var (one, other) = (left + (int)numbers[2 * i], right + (int)numbers[(2 * i) + 1]);
                    if (one < other)
                    {
                        pairs.Add((one, other, Math.Min(values[i], 1)));
                    }
                }

                if (pairs.Count > Math.Max(MostPairs, 2 * features.Count))
                {
                    pairs = Joining(features.Count, pairs); // frames of one scene are all alike
                }

                done(1);
            }
        }

        return Grouped(features.Count, Joining(features.Count, pairs));
    }

    /// <summary>How many comparisons so many images take.</summary>
    public static int Work(int images)
    {
        var blocks = (images + Block - 1) / Block;
        return blocks * (blocks + 1) / 2;
    }

    private static double[] Mean(IReadOnlyList<float[]> features)
    {
        var mean = new double[features[0].Length];
        foreach (var image in features)
        {
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += image[i];
            }
        }

        for (var i = 0; i < mean.Length; i++)
        {
            mean[i] /= features.Count;
        }

        return mean;
    }

    /// <returns>[block, features], each row of length 1; zeros where an image is exactly the mean.</returns>
    private static Tensor Rows(IReadOnlyList<float[]> features, int start, double[] mean)
    {
        var count = Math.Min(Block, features.Count - start);
        var rows = new float[count * mean.Length];
        for (var row = 0; row < count; row++)
        {
            var (image, sum) = (features[start + row], 0.0);
            for (var i = 0; i < mean.Length; i++)
            {
                sum += (image[i] - mean[i]) * (image[i] - mean[i]);
            }

            var scale = sum > 0 ? 1 / Math.Sqrt(sum) : 0;
            for (var i = 0; i < mean.Length; i++)
            {
                rows[(row * mean.Length) + i] = (float)((image[i] - mean[i]) * scale);
            }
        }

        return tensor(rows, [count, mean.Length]);
    }

    /// <summary>Of pairs those that join two groups, the most alike first: at most one fewer than there are images, and all that groups depend on.</summary>
    private static List<(int Left, int Right, double Cosine)> Joining(int count, List<(int Left, int Right, double Cosine)> pairs)
    {
        var groups = new Groups(count);
        return [.. pairs.OrderByDescending(pair => pair.Cosine).ThenBy(pair => pair.Left).ThenBy(pair => pair.Right).Where(pair => groups.Join(pair.Left, pair.Right))];
    }

    private static ImmutableArray<(ImmutableArray<int> Images, double Similarity)> Grouped(int count, List<(int Left, int Right, double Cosine)> joining)
    {
        var groups = new Groups(count);
        var weakest = new double[count];
        foreach (var (left, right, cosine) in joining)
        {
            groups.Join(left, right);
            weakest[groups.Of(left)] = cosine; // the least alike comes last
        }

        return [.. Enumerable.Range(0, count).GroupBy(groups.Of).Where(group => group.Skip(1).Any()).Select(group => (group.ToImmutableArray(), weakest[group.Key]))];
    }

    /// <summary>Which images are together (union-find): each group goes by its first image.</summary>
    private sealed class Groups(int count)
    {
        private readonly int[] _parents = [.. Enumerable.Range(0, count)];

        public int Of(int image)
        {
            while (_parents[image] != image)
            {
                image = _parents[image] = _parents[_parents[image]];
            }

            return image;
        }

        /// <returns>False where they are together already.</returns>
        public bool Join(int one, int other)
        {
            var (first, second) = (Math.Min(Of(one), Of(other)), Math.Max(Of(one), Of(other)));
            _parents[second] = first;
            return first != second;
        }
    }
}
