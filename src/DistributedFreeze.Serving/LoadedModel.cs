using System.Buffers;
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
    private readonly Task _loop;
    private int _inside;

    /// <param name="classifier">The model; belongs to this from here on.</param>
    /// <param name="options">How large batches may be, and how long an image waits for others.</param>
    /// <param name="metrics">Counts batches.</param>
    /// <param name="time">The clock.</param>
    public LoadedModel(ImageClassifier classifier, ServingOptions options, ServingMetrics metrics, TimeProvider time)
    {
        (_classifier, _options, _metrics, _time) = (classifier, options, metrics, time);
        _queue = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
        _loop = Task.Run(ComputeAsync);
    }

    public ImmutableArray<string> Classes => _classifier.Classes;

    public string? ModelSha256 => _classifier.ModelSha256;

    /// <summary>Decodes an image and has it computed.</summary>
    /// <returns>The probability of each class; null where the model is given up and takes no more images.</returns>
    /// <exception cref="ServerBusyException">Too many images wait.</exception>
    public async Task<ImmutableArray<float>?> ClassifyAsync(ReadOnlyMemory<byte> image, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > _options.MaxQueue)
        {
            Interlocked.Decrement(ref _inside);
            throw new ServerBusyException(_options.MaxQueue);
        }

        try
        {
            var waiting = new Waiting(new byte[_classifier.ImageBytes]);
            await _decoding.WaitAsync(cancellationToken);
            try
            {
                _classifier.Decode(image.Span, waiting.Pixels);
            }
            finally
            {
                _decoding.Release();
            }

            return _queue.Writer.TryWrite(waiting) ? await waiting.Answer.Task.WaitAsync(cancellationToken) : null;
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    /// <summary>Takes no more images, computes those that wait, and gives the model up.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _classifier.Dispose();
    }

    private async Task ComputeAsync()
    {
        var batch = new List<Waiting>(_options.MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            await GatherAsync(batch);
            Compute(batch);
        }
    }

    /// <summary>Takes what waits, up to a whole batch; where there is less, waits a little for more.</summary>
    private async Task GatherAsync(List<Waiting> batch)
    {
        using var delay = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.MaxDelayMilliseconds), _time);
        while (true)
        {
            while (batch.Count < _options.MaxBatch && _queue.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            if (batch.Count == _options.MaxBatch || _options.MaxDelayMilliseconds == 0)
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
        var size = _classifier.ImageBytes;
        var pixels = ArrayPool<byte>.Shared.Rent(batch.Count * size);
        try
        {
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Pixels.CopyTo(pixels.AsMemory(i * size));
            }

            var answers = _classifier.ClassifyPixels(pixels.AsMemory(0, batch.Count * size));
            _metrics.Computed(batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Answer.SetResult(answers[i]);
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
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>An image that waits for its answer.</summary>
    private sealed class Waiting(byte[] pixels)
    {
        public byte[] Pixels { get; } = pixels;

        public TaskCompletionSource<ImmutableArray<float>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
