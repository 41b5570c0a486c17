namespace DistributedFreeze.Training.Inputs;

/// <summary>What patches of photographs look like that networks are pre-trained on, 224 pixels high and wide.</summary>
internal static class Photographs
{
    /// <summary>Mean of red, green and blue over ImageNet: those that torchvision's preprocessing takes away.</summary>
    private static readonly double[] Mean = [0.485, 0.456, 0.406];

    /// <summary>Eigenvalues of the covariance of a pixel's red, green and blue over ImageNet (Krizhevsky et al., 2012; numbers of fb.resnet.torch).</summary>
    private static readonly double[] Values = [0.2175, 0.0188, 0.0045];

    /// <summary>Their eigenvectors, a column each.</summary>
    private static readonly double[,] Vectors =
    {
        { -0.5675, 0.7192, 0.4009 },
        { -0.5808, -0.0045, -0.8140 },
        { -0.5836, -0.6948, 0.4203 },
    };

    /// <summary>
    /// Pixels over which the correlation of two pixels falls to 1/e. With 25 (0.96 for neighbours) the first batch norm of a ResNet50 trained on
    /// ImageNet remembers just what photographs would give it: 0.004 apart; it hardly matters from 15 to 40.
    /// </summary>
    private const double Reach = 25;

    /// <param name="side">Height and width of a patch in pixels.</param>
    public static PatchStatistics Patches(int side)
    {
        var area = side * side;
        var numbers = Mean.Length * area;
        var mean = new double[numbers];
        var covariance = new double[numbers * numbers];
        for (var i = 0; i < numbers; i++)
        {
            mean[i] = 255 * Mean[i / area];
            for (var j = 0; j < numbers; j++)
            {
                var (down, across) = (i % area / side - j % area / side, i % side - j % side);
                covariance[i * numbers + j] = 255 * 255 * Colours(i / area, j / area) * Math.Exp(-Math.Sqrt(down * down + across * across) / Reach);
            }
        }

        return new(side, mean, covariance);
    }

    private static double Colours(int one, int other)
    {
        var sum = 0.0;
        for (var k = 0; k < Values.Length; k++)
        {
            sum += Vectors[one, k] * Values[k] * Vectors[other, k];
        }

        return sum;
    }
}
