using DistributedFreeze.Data.Augmentation;
using DistributedFreeze.Data.Runs;

namespace DistributedFreeze.Training.Heads;

/// <summary>The labels of images whose pixels are mixed. Belongs to one device thread; its buffers are reused.</summary>
internal sealed class ImageMixup : IMixup
{
    private readonly RunDefinition _run;
    private readonly MixedViews _views;
    private readonly int[] _labels;
    private readonly float[] _shares;

    private ImageMixup(RunDefinition run, MixedViews views, int capacity) => (_run, _views, _labels, _shares) = (run, views, new int[capacity], new float[capacity]);

    /// <param name="run">The run.</param>
    /// <param name="capacity">Most images of a shard in a step.</param>
    /// <returns>Null where no pixels are mixed.</returns>
    public static ImageMixup? For(RunDefinition run, int capacity) => run.Mixed is { } views ? new(run, views, capacity) : null;

    /// <inheritdoc/>
    public ReadOnlySpan<int> Partners => [];

    /// <inheritdoc/>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, Images);

    /// <inheritdoc/>
    public ReadOnlySpan<float> Shares => _shares.AsSpan(0, Images);

    private int Images { get; set; }

    /// <inheritdoc/>
    public void Draw(int epoch, ReadOnlySpan<int> images)
    {
        Images = images.Length;
        var view = EpochViews.ViewOfEpoch(_run.Spec.Data.Augmentation, epoch);
        for (var i = 0; i < images.Length; i++)
        {
            var mixture = _views.Of(view, _run.Data.Train[images[i]].Hash);
            (_labels[i], _shares[i]) = (_views[mixture].Class, mixture.Share);
        }
    }
}
