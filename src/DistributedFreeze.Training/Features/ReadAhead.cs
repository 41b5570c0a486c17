using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Training.Features;

/// <summary>Reads features that are on disk only a little before they are asked for, so that a step doesn't wait for the disk.</summary>
/// <remarks>
/// What it reads goes to memory while there is room, and otherwise stays in the file system's cache; either way the step reads it from
/// there itself, and nothing depends on how far ahead this is. One thread of its own.
/// </remarks>
internal sealed class ReadAhead : IDisposable
{
    /// <summary>How many images to be ahead: a few steps of any shard.</summary>
    public const int Lead = 64;

    private readonly object _turn = new();
    private readonly FeatureSet _set;
    private readonly IReadOnlyList<LabelledImage> _images;
    private readonly Thread _thread;
    private int _reached;
    private bool _stopped;

    private ReadAhead(FeatureSet set, IReadOnlyList<LabelledImage> images)
    {
        _set = set;
        _images = images;
        _thread = new(Read) { IsBackground = true, Name = "feature-read-ahead" };
        _thread.Start();
    }

    /// <returns>Null where no image has to be read from disk.</returns>
    public static ReadAhead? For(FeatureSet? set, IReadOnlyList<LabelledImage> images) =>
        set is not null && images.Any(image => set.IsOnDiskOnly(image.Hash)) ? new(set, images) : null;

    /// <summary>Says which image is asked for now.</summary>
    /// <param name="position">Its place in the sequence, from 0.</param>
    public void Reached(int position)
    {
        lock (_turn)
        {
            _reached = position;
            Monitor.Pulse(_turn);
        }
    }

    /// <summary>Stops, after the image that is being read just then.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _stopped = true;
            Monitor.Pulse(_turn);
        }

        _thread.Join();
    }

    private void Read()
    {
        var scratch = new float[_set.Elements];
        for (var position = 0; position < _images.Count; position++)
        {
            lock (_turn)
            {
                while (!_stopped && position > _reached + Lead)
                {
                    Monitor.Wait(_turn);
                }

                if (_stopped)
                {
                    return;
                }

                position = Math.Max(position, _reached + 1);
            }

            if (position < _images.Count && _set.IsOnDiskOnly(_images[position].Hash))
            {
                _set.TryRead(_images[position].Hash, scratch);
            }
        }
    }
}
