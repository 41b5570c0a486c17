using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Inputs;

/// <summary>What <see cref="Data.Normalizer"/> does to a pixel, as one formula: (pixel - centre) / scale.</summary>
internal static class PixelScale
{
    private static readonly double[] CaffeCentres = [103.939, 116.779, 123.68];
    private static readonly double[] TorchCentres = [0.485, 0.456, 0.406];
    private static readonly double[] TorchScales = [0.229, 0.224, 0.225];

    /// <param name="preprocessing">One of the three.</param>
    /// <param name="plane">A plane of the input, 0 to 2.</param>
    /// <returns>The colour that the plane shows (0 red, 1 green, 2 blue), and its centre and scale in pixels of 0 to 255.</returns>
    public static (int Colour, double Centre, double Scale) Of(Preprocessing preprocessing, int plane) => preprocessing switch
    {
        Preprocessing.Caffe => (2 - plane, CaffeCentres[plane], 1),
        Preprocessing.Torch => (plane, 255 * TorchCentres[plane], 255 * TorchScales[plane]),
        Preprocessing.Tf => (plane, 127.5, 127.5),
        _ => throw new ArgumentOutOfRangeException(nameof(preprocessing), preprocessing, "Unknown preprocessing."),
    };
}
