using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DistributedFreeze.Serving;

/// <summary>A classifier whose images are computed in batches, and that is replaced when its file changes.</summary>
/// <remarks>Thread-safe. An image is decoded and computed by one model, whatever replaces it meanwhile: no request is lost.</remarks>
public sealed partial class ServedClassifier : BackgroundService
{
    private readonly ServingOptions _options;
    private readonly ServingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private volatile LoadedModel _model;
    private volatile bool _isStopped;
    private FileStamp _stamp;

    /// <summary>Loads the model.</summary>
    /// <param name="options">How it is served.</param>
    /// <param name="metrics">Counts what is served.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of new models, and of files that are none.</param>
    /// <exception cref="InvalidInputException">The file is missing, damaged or another kind of model.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime does not load on this host.</exception>
    public ServedClassifier(IOptions<ServingOptions> options, ServingMetrics metrics, TimeProvider time, ILogger<ServedClassifier> logger)
    {
        (_options, _metrics, _time, _logger) = (options.Value, metrics, time, logger);
        _stamp = FileStamp.Of(_options.Model);
        Slots = new(_options.MaxQueue);
        _model = Load();
        LogLoaded(_options.Model, _model.Classes.Length, _model.ModelSha256);
    }

    /// <summary>Class names, in the order of probabilities.</summary>
    public ImmutableArray<string> Classes => _model.Classes;

    /// <summary>SHA-256 of the trained tensors, as the receipt has it; null where the model does not say.</summary>
    public string? ModelSha256 => _model.ModelSha256;

    /// <summary>Why a newer file is not served; null where the newest is.</summary>
    public string? ReloadFault { get; private set; }

    /// <summary>Says what is on an image.</summary>
    /// <param name="image">What a JPEG, PNG, WebP or BMP file holds.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The classes, most probable first, and the model's hash.</returns>
    /// <exception cref="InvalidInputException">It is no image, damaged or too large.</exception>
    /// <exception cref="ServerBusyException">Too many images wait.</exception>
    /// <exception cref="Inference.Runtime.InferenceException">ONNX Runtime refuses.</exception>
    /// <exception cref="ObjectDisposedException">The host has stopped.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<Classification> ClassifyAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken = default) =>
        ClassifyAsync(image, Slots.Take(), cancellationToken);

    /// <summary>Places for images, for whoever takes one before it reads the image.</summary>
    internal Slots Slots { get; }

    /// <summary>How many images are in the batch that waits for more.</summary>
    internal int Gathered => _model.Gathered;

    /// <summary>The same, with a place that was taken; it is given back in any case.</summary>
    internal async Task<Classification> ClassifyAsync(ReadOnlyMemory<byte> image, IDisposable slot, CancellationToken cancellationToken)
    {
        while (true)
        {
            var model = _model;
            if (await model.ClassifyAsync(image, slot, cancellationToken) is { } probabilities)
            {
                return Classification.Of(model.Classes, probabilities, model.ModelSha256);
            }

            // It was replaced before the image was in its queue, and the next one takes it; unless there is no next one.
            if (_isStopped)
            {
                slot.Dispose();
                throw new ObjectDisposedException(nameof(ServedClassifier));
            }
        }
    }

    /// <summary>Takes the model that lies in the file now, if it is another one than before.</summary>
    /// <returns>True where another one is served from here on.</returns>
    internal async Task<bool> LookAsync()
    {
        var stamp = FileStamp.Of(_options.Model);
        if (stamp == _stamp)
        {
            return false;
        }

        _stamp = stamp;
        var before = _model;
        try
        {
            _model = Load();
        }
        catch (Exception fault) // half-written, perhaps, or too large for two at a time: what is served goes on
        {
            ReloadFault = fault.Message;
            LogKept(_options.Model, fault.Message);
            return false;
        }

        ReloadFault = null;
        LogLoaded(_options.Model, _model.Classes.Length, _model.ModelSha256);
        await before.DisposeAsync();
        if (_isStopped)
        {
            await _model.DisposeAsync();
        }

        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.LookSeconds), _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await LookAsync();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _isStopped = true;
        await _model.DisposeAsync();
    }

    private LoadedModel Load() => new(ImageClassifier.Open(_options.Model), _options, _metrics, _time);

    [LoggerMessage(LogLevel.Information, "Serving {Model}: {Classes} classes, {Sha256}")]
    private partial void LogLoaded(string model, int classes, string? sha256);

    [LoggerMessage(LogLevel.Error, "{Model} has changed, and what it holds now is not served: {Fault}. The model from before still is")]
    private partial void LogKept(string model, string fault);

    /// <summary>What tells a file from the one that was there before; a file that is gone has none.</summary>
    private readonly record struct FileStamp(long Length, DateTime Written)
    {
        public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : default;
    }
}
