using System.Collections.Concurrent;
using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Models;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

/// <summary>Shows every image to the frozen base once, and keeps what all that follows is made of.</summary>
/// <remarks>
/// Of each block the mean of every channel is kept, in one record per image, and the features at each boundary that short runs begin at. Both lie in the
/// feature cache under keys of their own, so that an image is never evaluated again: not by a second pass, nor by the run that is recommended.
/// </remarks>
internal sealed class PooledPass
{
    private const string RecordName = "channel means of every block";

    private readonly RunFeatures _features;
    private readonly RunDefinition _run;
    private readonly Blocks _blocks;
    private readonly Device _device;
    private readonly BaseWeights _weights;
    private readonly ImmutableArray<int> _ends;

    /// <param name="features">Images and cache.</param>
    /// <param name="weights">The base's.</param>
    /// <param name="blocks">The base's.</param>
    /// <param name="boundaries">Indices of the boundaries that short runs begin at.</param>
    /// <param name="device">Where to compute.</param>
    public PooledPass(RunFeatures features, RunWeights weights, Blocks blocks, IEnumerable<int> boundaries, Device device)
    {
        (_features, _run, _blocks, _device) = (features, features.Run, blocks, device);
        _weights = weights.On(device);
        _ends = [.. boundaries.Append(_run.Table.Layers.Length).Where(end => end > 0).Distinct().Order()];
    }

    /// <summary>The first channel that is wanted of each image: those before it are kept on disk, and not returned.</summary>
    public int From { get; init; }

    /// <summary>Evaluates the images that are not kept yet, in blocks, on several threads.</summary>
    /// <param name="images">The images.</param>
    /// <param name="isWanted">Whether an image's means are to be returned.</param>
    /// <param name="threads">How many blocks at a time.</param>
    /// <param name="done">Told how many images are done, from any thread.</param>
    /// <param name="cancellationToken">Stops between two blocks; what was computed stays kept.</param>
    /// <returns>The means of the images that were wanted, each at its image's place.</returns>
    /// <exception cref="Errors.InvalidInputException">An image cannot be decoded.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public float[]?[] Run(IReadOnlyList<LabelledImage> images, Func<int, bool> isWanted, int threads, Action<int> done, CancellationToken cancellationToken)
    {
        using var means = OpenMeans();
        ImmutableArray<FeatureSet> maps = [.. _ends.Select(end => _features.Store.Open(
            FeatureKeys.Of(_features, end, 0, Prefix(end), _device), _run.RecordAt(end).Elements, _run.Spec.Features.Type))];
        try
        {
            var records = new float[]?[images.Count];
            ImmutableArray<int> missing = [.. Enumerable.Range(0, images.Count).Where(i => !TryRead(i))];
            done(images.Count - missing.Length);
            Evaluate(missing, means, maps, Keep);
            return records;

            bool TryRead(int i)
            {
                if (!means.Contains(images[i].Hash) || !isWanted(i))
                {
                    return means.Contains(images[i].Hash);
                }

                var record = new float[_blocks.Channels];
                records[i] = means.TryRead(images[i].Hash, record) ? Wanted(record) : null;
                return records[i] is not null;
            }

            void Keep(int i, ReadOnlySpan<float> record)
            {
                if (isWanted(i))
                {
                    records[i] = Wanted(record.ToArray());
                }
            }
        }
        finally
        {
            foreach (var set in maps)
            {
                set.Dispose();
            }
        }

        void Evaluate(ImmutableArray<int> missing, FeatureSet means, ImmutableArray<FeatureSet> maps, KeepRecord keep)
        {
            if (missing.IsEmpty)
            {
                return;
            }

            using var network = new NetworkState(_weights);
            using var engine = _features.Engines.Create(0, _ends, network, _device, [.. _blocks.Layers.Select(layer => layer.Index)]);
            ConcurrentBag<FeatureBlock> free = [];
            ImmutableArray<int>[] blocks = [.. missing.Chunk(engine.Request.BlockSize).Select(block => block.ToImmutableArray())];
            try
            {
                OwnThreads.For(blocks.Length, threads, "advise", i =>
                {
                    var block = free.TryTake(out var idle) ? idle : new FeatureBlock(engine, start: 0);
                    try
                    {
                        EvaluateBlock(block, blocks[i], images, means, maps, keep);
                    }
                    finally
                    {
                        free.Add(block);
                    }

                    done(blocks[i].Length);
                }, cancellationToken);
            }
            finally
            {
                foreach (var block in free)
                {
                    block.Dispose(); // before the engine that it belongs to
                }
            }
        }
    }

    /// <summary>Keeps what a head on several blocks reads, put together from what the pass has kept: no image is evaluated for it.</summary>
    /// <param name="head">Of a run with such a head; the base and its way from a file to features are this one's.</param>
    /// <param name="images">The images.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>How many images are missing, because the cache has no room for them.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int Compose(RunFeatures head, IReadOnlyList<LabelledImage> images, CancellationToken cancellationToken)
    {
        var missing = 0;
        var table = head.Run.Table;
        var end = table.Layers.Length;
        var places = table.HeadInputs.Select(input => _blocks.Places[_blocks.Layers.IndexOf(_run.Table[input.Name])]).ToList();
        using var means = OpenMeans();
        using var composed = head.Store.Open(FeatureKeys.Of(head, end, 0, Prefix(table, end), _device), table.PooledFeatures, head.Run.Spec.Features.Type);
        var record = new float[_blocks.Channels];
        var features = new float[table.PooledFeatures];
        foreach (var image in images.Where(image => !composed.Contains(image.Hash)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!means.TryRead(image.Hash, record))
            {
                missing++;
                continue;
            }

            var start = 0;
            foreach (var (offset, channels) in places)
            {
                record.AsSpan(offset, channels).CopyTo(features.AsSpan(start));
                start += channels;
            }

            composed.Write(image.Hash, features);
            missing += composed.Contains(image.Hash) ? 0 : 1;
        }

        return missing;
    }

    private FeatureSet OpenMeans() => _features.Store.Open(
        FeatureKeys.Of(_features, RecordName, 0, FeatureType.Fp32, Prefix(_run.Table.Layers.Length), _device), _blocks.Channels, FeatureType.Fp32);

    private void EvaluateBlock(FeatureBlock block, ImmutableArray<int> places, IReadOnlyList<LabelledImage> images, FeatureSet means, ImmutableArray<FeatureSet> maps, KeepRecord keep)
    {
        var record = new float[_blocks.Channels];
        ImmutableArray<ImageHash> hashes = [.. places.Select(place => images[place].Hash)];
        using var claims = BlockClaims.Take(means, hashes);
        if (!claims.Any && places.All(place => TryKeep(place)))
        {
            return; // another process has computed them meanwhile
        }

        var pixels = _features.Pixels.View(0);
        var rgb = new byte[pixels.ImageBytes];
        for (var slot = 0; slot < places.Length; slot++)
        {
            pixels.Read(_run.Data.ContentOf(images[places[slot]]), rgb);
            Normalizer.ToTensorLayout(rgb, pixels.Size, _features.Preprocessing.Taken, block.Input(slot));
        }

        block.Evaluate();
        for (var slot = 0; slot < places.Length; slot++)
        {
            for (var i = 0; i < _blocks.Places.Length; i++)
            {
                block.Output(_ends.Length + i, slot).CopyTo(record.AsSpan(_blocks.Places[i].Offset));
            }

            keep(places[slot], record);
            means.Write(hashes[slot], record);
            for (var end = 0; end < maps.Length; end++)
            {
                maps[end].Write(hashes[slot], block.Output(end, slot));
            }
        }

        bool TryKeep(int place)
        {
            if (!means.TryRead(images[place].Hash, record))
            {
                return false;
            }

            keep(place, record);
            return true;
        }
    }

    private float[] Wanted(float[] record) => From == 0 ? record : record[From..];

    private string Prefix(int end) => Prefix(_run.Table, end);

    private string Prefix(LayerTable table, int end) => PrefixHash.Of(table, end, layer => _weights.LayerHashes[layer.Name]);

    private delegate void KeepRecord(int place, ReadOnlySpan<float> record);
}
