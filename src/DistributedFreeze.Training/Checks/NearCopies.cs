using System.Collections.Immutable;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Checks;

/// <summary>Finds images that are nearly the same by the features that a frozen base makes of them. Pure and thread-safe.</summary>
/// <remarks>
/// Two images are compared by the cosine between their features, from which the mean of all images is taken: features are positive, so without that any two
/// images look alike. Images that are alike are put into one group, and so are those that are alike to one of the group.
/// </remarks>
internal static class NearCopies
{
    /// <summary>From this cosine on two images count as nearly the same.</summary>
    public const double Threshold = 0.85;

    /// <summary>Images compared at a time.</summary>
    private const int Block = 1024;

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

                done(1);
            }
        }

        return Groups(features.Count, pairs);
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

    private static ImmutableArray<(ImmutableArray<int> Images, double Similarity)> Groups(int count, List<(int Left, int Right, double Cosine)> pairs)
    {
        var parents = Enumerable.Range(0, count).ToArray();
        var weakest = new double[count];
        Array.Fill(weakest, 1);

        // The most alike first, so that the pair which joins two groups is the best there is between them.
        foreach (var (left, right, cosine) in pairs.OrderByDescending(pair => pair.Cosine).ThenBy(pair => pair.Left).ThenBy(pair => pair.Right))
        {
            var (one, other) = (Root(left), Root(right));
            if (one != other)
            {
                var (kept, joined) = (Math.Min(one, other), Math.Max(one, other));
                (parents[joined], weakest[kept]) = (kept, cosine);
            }
        }

        return
        [
            .. Enumerable.Range(0, count).GroupBy(Root).Where(group => group.Skip(1).Any()).Select(group => (group.ToImmutableArray(), weakest[group.Key])),
        ];

        int Root(int image)
        {
            while (parents[image] != image)
            {
                image = parents[image] = parents[parents[image]];
            }

            return image;
        }
    }
}
