using System.Collections.Immutable;
using System.Threading.Channels;
using DistributedFreeze.Inference;

namespace DistributedFreeze.Serving;

/// <summary>One model with the queue of images that it is to compute, in batches.</summary>
/// <remarks>Thread-safe. Images are decoded by whoever brings them, one on each processor; one loop computes.</remarks>
internal sealed class LoadedModel : IAsyncDisposable
{
    private readonly ImageClassifier _classifier;
    private readonly ServingOptions _options;
    private readonly ServingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Channel<Waiting> _queue;
    private readonly SemaphoreSlim _decoding = new(Environment.ProcessorCount);
    private readonly int _maxBatch;
    private readonly Task _loop;
    private int _isGivenUp;
    private volatile int _gathered;

    /// <param name="classifier">The model; belongs to this from here on.</param>
    /// <param name="options">How large batches may be, and how long an image waits for others.</param>
    /// <param name="metrics">Counts batches.</param>
    /// <param name="time">The clock.</param>
    public LoadedModel(ImageClassifier classifier, ServingOptions options, ServingMetrics metrics, TimeProvider time)
    {
        (_classifier, _options, _metrics, _time) = (classifier, options, metrics, time);
        _maxBatch = Math.Min(options.MaxBatch, Array.MaxLength / classifier.ImageBytes);
        _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true }); // slots bound it
        _loop = Task.Run(ComputeAsync);
    }

    public ImmutableArray<string> Classes => _classifier.Classes;

    public string? ModelSha256 => _classifier.ModelSha256;

    /// <summary>How many images are in the batch that waits for more.</summary>
    public int Gathered => _gathered;

    /// <summary>Decodes an image and has it computed.</summary>
    /// <param name="image">What a file holds.</param>
    /// <param name="slot">The image's place; given back once it is computed or given up, which may be after its caller has gone.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The probability of each class; null where the model is given up, takes no more images, and has left the slot alone.</returns>
    public async Task<ImmutableArray<float>?> ClassifyAsync(ReadOnlyMemory<byte> image, IDisposable slot, CancellationToken cancellationToken)
    {
        Waiting waiting;
        try
        {
            await _decoding.WaitAsync(cancellationToken);
            try
            {
                waiting = new(new byte[_classifier.ImageBytes], slot, cancellationToken);
                _classifier.Decode(image.Span, waiting.Pixels);
            }
            finally
            {
                _decoding.Release();
            }
        }
        catch
        {
            slot.Dispose();
            throw;
        }

        return _queue.Writer.TryWrite(waiting) ? await waiting.Answer.Task.WaitAsync(cancellationToken) : null;
    }

    /// <summary>Takes no more images, computes those that wait, and gives the model up.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        if (Interlocked.Exchange(ref _isGivenUp, 1) == 0)
        {
            _classifier.Dispose();
        }
    }

    private async Task ComputeAsync()
    {
        var batch = new List<Waiting>(_maxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            await GatherAsync(batch);
            if (batch.Count > 0)
            {
                Compute(batch);
            }

            batch.Clear();
            _gathered = 0;
        }
    }

    /// <summary>Takes what waits, up to a whole batch; where there is less, waits a little for more.</summary>
    private async Task GatherAsync(List<Waiting> batch)
    {
        using var delay = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.MaxDelayMilliseconds), _time);
        while (true)
        {
            while (batch.Count < _maxBatch && _queue.Reader.TryRead(out var waiting))
            {
                if (waiting.IsWanted)
                {
                    batch.Add(waiting);
                    _gathered = batch.Count;
                }
                else
                {
                    waiting.Slot.Dispose(); // its caller has gone
                }
            }

            if (batch.Count == _maxBatch || _options.MaxDelayMilliseconds == 0)
            {
                return;
            }

            try
            {
                if (!await _queue.Reader.WaitToReadAsync(delay.Token))
                {
                    return;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Compute(List<Waiting> batch)
    {
        try
        {
            var size = _classifier.ImageBytes;
            var pixels = batch is [var alone] ? alone.Pixels : new byte[batch.Count * size];
            for (var i = 0; i < batch.Count && batch.Count > 1; i++)
            {
                batch[i].Pixels.CopyTo(pixels.AsMemory(i * size));
            }

            var answers = _classifier.ClassifyPixels(pixels);
            _metrics.Computed(batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Answer.TrySetResult(answers[i]);
            }
        }
        catch (Exception reason) // whoever waits is told, and the loop goes on
        {
            foreach (var waiting in batch)
            {
                waiting.Answer.TrySetException(reason);
            }
        }
        finally
        {
            foreach (var waiting in batch)
            {
                waiting.Slot.Dispose();
            }
        }
    }

    /// <summary>An image that waits for its answer.</summary>
    private sealed class Waiting(byte[] pixels, IDisposable slot, CancellationToken caller)
    {
        public byte[] Pixels { get; } = pixels;

        public IDisposable Slot { get; } = slot;

        public bool IsWanted => !caller.IsCancellationRequested;

        public TaskCompletionSource<ImmutableArray<float>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
