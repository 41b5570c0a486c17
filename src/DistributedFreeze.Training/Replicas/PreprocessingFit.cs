using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Data;
using DistributedFreeze.Training.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DistributedFreeze.Training.Replicas;

/// <summary>Whether pixels reach pre-trained weights as they did when these were trained.</summary>
/// <remarks>
/// <para>
/// No file of weights says which preprocessing it is for, and with a wrong one everything runs and learns badly. But the first batch norm
/// remembers mean and variance of what the first convolution put out in training, and that depends on little else than the preprocessing.
/// </para>
/// <para>A warning only: images of another kind than those of the pre-training have other statistics, too.</para>
/// </remarks>
internal static class PreprocessingFit
{
    /// <summary>Images that are looked at.</summary>
    private const int Images = 8;

    /// <summary>How many times worse than another the chosen preprocessing fits before that is worth a word.</summary>
    private const double WorthAWord = 10;

    /// <summary>Compares the run's preprocessing with the others, on a few of its training images.</summary>
    /// <returns>Null where it fits, or where the weights are random.</returns>
    /// <exception cref="Errors.InvalidInputException">An image cannot be read.</exception>
    public static string? Warning(RunWorkspace workspace, BaseWeights weights, Device device)
    {
        if (workspace.Spec.Model.Weights is null)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = Sample(workspace);
        var fits = Enum.GetValues<Preprocessing>().ToDictionary(
            preprocessing => preprocessing, preprocessing => Divergence(workspace, weights, Input(pixels, workspace.Spec.Data.ImageSize, preprocessing, device)));
        var (best, least) = fits.MinBy(fit => fit.Value);
        var chosen = workspace.Preprocessing;
        return fits[chosen] < WorthAWord * Math.Max(least, 0.1)
            ? null
            : $"the images do not look to {Path.GetFileName(workspace.Spec.Model.Weights)} like those it was trained on: with preprocessing {Word(chosen)} its "
                + $"first layer puts out something else than its batch norm remembers, and with {Word(best)} it does not; unless you know better, say "
                + $"`data.preprocess: {Word(best)}`";
    }

    /// <summary>
    /// Kullback-Leibler divergence of two normal distributions, (v + d^2 - 1 - ln v) / 2 with the ratio v of the variances and the distance
    /// d of the means in remembered deviations: the median over the channels, so that a few dead ones don't count.
    /// </summary>
    private static double Divergence(RunWorkspace workspace, BaseWeights weights, Tensor input)
    {
        var convolution = workspace.Table.Layers.First(layer => layer.Kind == LayerKind.Convolution);
        var normalization = workspace.Table.Layers.First(layer => layer.Kind == LayerKind.BatchNormalization).Name;
        var before = workspace.Table.Layers[convolution.Parents[0]];
        var shape = convolution.Convolution!;
        var padding = shape.Padding + (before.Kind == LayerKind.ZeroPadding ? before.ZeroPadding : 0);
        var output = functional.conv2d(
            input,
            weights[$"{convolution.Name}.weight"],
            shape.Bias ? weights[$"{convolution.Name}.bias"] : null,
            strides: [shape.Stride, shape.Stride],
            padding: [padding, padding]);

        var remembered = weights[$"{normalization}.running_var"].clamp_min(1e-12);
        var ratio = output.var([0, 2, 3], unbiased: false) / remembered;
        var distance = (output.mean([0, 2, 3]) - weights[$"{normalization}.running_mean"]) / remembered.sqrt();
        return ((ratio + distance.square() - 1 - ratio.clamp_min(1e-12).log()) / 2).median().ToDouble();
    }

    private static byte[] Sample(RunWorkspace workspace)
    {
        var source = workspace.PixelsOf(view: 0);
        var train = workspace.Data.Train;
        var count = Math.Min(Images, train.Length);
        var pixels = new byte[count * source.ImageBytes];
        for (var i = 0; i < count; i++)
        {
            // Spread over all classes, which the training images are sorted by.
            var image = train[(int)((long)i * train.Length / count)];
            source.Read(workspace.Data.FullPath(image), pixels.AsSpan(i * source.ImageBytes, source.ImageBytes));
        }

        return pixels;
    }

    private static Tensor Input(byte[] pixels, int size, Preprocessing preprocessing, Device device)
    {
        var image = size * size * 3;
        var values = new float[pixels.Length];
        for (var start = 0; start < pixels.Length; start += image)
        {
            Normalizer.ToTensorLayout(pixels.AsSpan(start, image), size, preprocessing, values.AsSpan(start, image));
        }

        return tensor(values, [pixels.Length / image, 3, size, size]).to(device);
    }

    private static string Word(Preprocessing preprocessing) => preprocessing.ToString().ToLowerInvariant();
}
