using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Estimates;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Inference.Runtime;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Measuring;

/// <summary>Measures for a moment how fast this machine does the parts of a run, on the calling thread.</summary>
/// <remarks>Nothing of the run changes: networks are thrown away, and the file in the cache folder is removed.</remarks>
internal sealed class RateProbe
{
    private const int FullSize = 224;
    private const int PartsOfRun = 2;
    private const int PartsOfPhase = 3;

    /// <summary>For all parts together, on images of <see cref="FullSize"/>; smaller ones take so much less.</summary>
    private static readonly TimeSpan All = TimeSpan.FromSeconds(1.5);

    private readonly RunFeatures _features;
    private readonly RunDefinition _run;
    private readonly RunWeights _weights;
    private readonly Device _device;
    private readonly RateMeter _meter;

    /// <param name="features">The run's.</param>
    /// <param name="weights">The run's.</param>
    /// <param name="device">Where tails are to be computed.</param>
    /// <param name="time">The clock.</param>
    public RateProbe(RunFeatures features, RunWeights weights, Device device, TimeProvider time)
    {
        (_features, _run, _weights) = (features, features.Run, weights);
        var share = Math.Min(1, Math.Pow((double)_run.Spec.Data.ImageSize / FullSize, 2));
        _device = device;
        _meter = new(time, All * share / (PartsOfRun + PartsOfPhase * _run.Spec.Phases.Length));
    }

    /// <summary>Measures.</summary>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded, or the weights file cannot be used.</exception>
    /// <exception cref="InferenceException">The prefix engine cannot be had.</exception>
    public MeasuredRates Measure()
    {
        using var scope = NewDisposeScope();
        using var network = new NetworkState(_weights.On(_device));
        var threads = DeviceResidency.DecodeThreadsFor(_device);
        var prefixes = new PrefixProbe(_features, network, _device, _meter);
        return new()
        {
            Decode = Decode() * threads,
            DecodeThreads = threads,
            Phases = [.. Enumerable.Range(0, _run.Spec.Phases.Length).Select(phase => Phase(prefixes, phase))],
            PrefixEngine = _run.HasAnyPrefix ? _features.Engines.IdOn(_device) : null,
            EngineSeconds = prefixes.EngineSeconds,
            Disk = _features.Store.Options is { Directory: { } folder, DiskBytes: > 0 } ? DiskProbe.Measure(_meter, folder, Record) : null,
        };
    }

    private long Record => Enumerable.Range(0, _run.Spec.Phases.Length).Max(phase => _run.RecordAt(_run.Routes[phase].Boundary).Stride);

    /// <returns>Images per second of one thread.</returns>
    private double Decode()
    {
        var decoder = new ImageDecoder(_run.Spec.Data);
        var rgb = new byte[((IPixelSource)decoder).ImageBytes];
        var images = _run.Data.Train;
        var next = 0L;
        return _meter.RateOf(() =>
        {
            // A class follows another, so neighbours are alike: steps of a golden section meet all of them evenly.
            var index = (int)(next++ * 0.6180339887 % 1 * images.Length);
            decoder.Read(_run.Data.ContentOf(images[index]), rgb);
            return 1;
        });
    }

    private PhaseRates Phase(PrefixProbe prefixes, int phase)
    {
        using var tail = new TailProbe(_run, _weights, phase, _device, _features.Residency);
        return new(prefixes.Measure(phase), _meter.RateOf(tail.TrainShard), 1 / _meter.RateOf(tail.Step));
    }
}
