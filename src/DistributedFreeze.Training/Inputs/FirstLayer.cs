using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Training.Inputs;

/// <summary>The first convolution of a base, and what the batch norm behind it remembers of all that came out of it in training.</summary>
/// <remarks>
/// No file of weights says which preprocessing it is for, and with a wrong one everything runs and learns badly. But this memory depends on
/// little else than the preprocessing. Immutable and thread-safe; in double precision and one order, so the same on every machine.
/// </remarks>
internal sealed class FirstLayer
{
    private readonly float[] _kernels;
    private readonly float[]? _bias;
    private readonly float[] _mean;
    private readonly float[] _variance;

    /// <param name="table">The graph.</param>
    /// <param name="weights">The base's.</param>
    public FirstLayer(LayerTable table, BaseWeights weights)
    {
        var convolution = table.Layers.First(layer => layer.Kind == LayerKind.Convolution);
        var norm = table.Layers.First(layer => layer.Kind == LayerKind.BatchNormalization);
        Kernel = convolution.Convolution!.Kernel;
        NormName = norm.Name;
        _kernels = Read($"{convolution.Name}.weight");
        _bias = convolution.Convolution.Bias ? Read($"{convolution.Name}.bias") : null;
        _mean = Read($"{norm.Name}.running_mean");
        _variance = Read($"{norm.Name}.running_var");

        float[] Read(string name)
        {
            float[] values = [];
            HostMemory.Read(weights[name], from => values = from.ToArray());
            return values;
        }
    }

    /// <summary>Height and width of the kernels in pixels.</summary>
    public int Kernel { get; }

    /// <summary>Name of the batch norm.</summary>
    public string NormName { get; }

    /// <summary>How far what comes out is from what the batch norm remembers.</summary>
    /// <param name="patches">What images look like.</param>
    /// <param name="preprocessing">How their pixels become input.</param>
    /// <returns>
    /// Kullback-Leibler divergence of two normal distributions, (v + d^2 - 1 - ln v) / 2 with the ratio v of the variances and the distance
    /// d of the means in remembered deviations: the median over the channels, so that a few dead ones don't count.
    /// </returns>
    public double Divergence(PatchStatistics patches, Preprocessing preprocessing)
    {
        var area = Kernel * Kernel;
        var kernel = new double[3 * area];
        var divergences = new List<double>(_mean.Length);
        for (var channel = 0; channel < _mean.Length; channel++)
        {
            var shift = _bias?[channel] ?? 0.0;
            for (var i = 0; i < kernel.Length; i++)
            {
                // The plane of the input that this part of the kernel reads, back in pixels: (pixel - centre) / scale.
                var (colour, centre, scale) = PixelScale.Of(preprocessing, plane: i / area);
                double weight = _kernels[channel * kernel.Length + i];
                kernel[colour * area + i % area] = weight / scale;
                shift -= weight * centre / scale;
            }

            var (mean, variance) = patches.Through(kernel);
            var remembered = Math.Max(_variance[channel], 1e-12);
            var ratio = variance / remembered;
            var distance = mean + shift - _mean[channel];
            divergences.Add((ratio + distance * distance / remembered - 1 - Math.Log(Math.Max(ratio, 1e-12))) / 2);
        }

        divergences.Sort();
        return divergences[divergences.Count / 2];
    }
}
