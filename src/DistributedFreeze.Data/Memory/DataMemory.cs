using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Data.Runs;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Planning;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Memory;

/// <summary>What a run's images take: decoding them, and keeping their pixels and features.</summary>
internal sealed class DataMemory
{
    private const string Limit = "data.max_pixels";
    private const string Size = "data.image_size";

    /// <summary>Streams of images that a replica decodes for at a time: an epoch's, and an evaluation's beside it; each on a thread (PixelBlocks).</summary>
    private const int Streams = 2;

    /// <summary>Blocks of images that a stream holds decoded (PixelBlocks gives DecodeAhead a ring of two).</summary>
    private const int Ahead = 2;

    public DataMemory(RunPlan plan, ImmutableArray<FeatureRoute> routes, RunImages? images, RunHost host)
    {
        var data = plan.Spec.Data;

        var one = DecodedImage.Bytes(Math.Min(data.MaxPixels, DecodedImage.MostPixels));
        var atOnce = Math.Max(one, Math.Min(ByteCount.Times(host.Processors, one), host.MemoryBytes / DecodedImage.MemoryDivisor));
        var square = ByteCount.Times(data.ImageSize, data.ImageSize, 3);
        var room = host.MemoryBytes / PixelStore.MemoryDivisor;
        var wanted = images is null ? room : ByteCount.Times(images.All, square);
        var kept = Part("pixels of images, as far as they find room", Math.Min(room, wanted), Size);

        // RunPixels.AreKept: no image is decoded twice. What an earlier run has verified (ImageIndex) is decoded when a phase first needs it, and a
        // phase is not charged with the largest image that is allowed for that: few sets have one, and many runs would be refused for it.
        var isDecodedAgain = wanted > room || images is null || data.Augmentation is { CropScale: < 1 };
        WhileRead = [kept, Part("decoding images of the largest size that it allows", atOnce, Limit)];
        InPhase = InPhaseOf(Math.Min(ByteCount.Times(Streams, one), atOnce), FeatureShapes.BlockSize);
        InPhaseOnGpu = InPhaseOf(atOnce, FeatureShapes.LargestGpuBlock); // DeviceResidency.DecodeThreadsFor: up to all processors decode for a GPU
        FeatureBytes = Features(plan, routes, images, host);

        ImmutableArray<MemoryPart> InPhaseOf(long decoding, int block) =>
        [
            kept,
            Part("decoding images of the largest size that it allows", isDecodedAgain ? decoding : 0, Limit),
            Part("images decoded ahead", ByteCount.Times(Streams, Ahead, block, square), Size) with { IsShared = false },
        ];
    }

    /// <summary>While RunWorkspace.Load reads, checks and decodes every image.</summary>
    public ImmutableArray<MemoryPart> WhileRead { get; }

    /// <summary>While a phase trains on the processor.</summary>
    public ImmutableArray<MemoryPart> InPhase { get; }

    /// <summary>The same beside a GPU.</summary>
    public ImmutableArray<MemoryPart> InPhaseOnGpu { get; }

    /// <summary>Features that find room in memory (FeatureStores): no more than a record for each view of each image at each boundary.</summary>
    public long FeatureBytes { get; }

    private static long Features(RunPlan plan, ImmutableArray<FeatureRoute> routes, RunImages? images, RunHost host)
    {
        var spec = plan.Spec;
        if (spec.Features.Cache == FeatureCacheMode.Off)
        {
            return 0;
        }

        var budget = spec.Features.MemoryBytes ?? FeatureStores.DefaultOf(host.MemoryBytes);
        if (images is null)
        {
            return budget;
        }

        var table = LayerTable.For(spec.Model);
        var views = Math.Max(1, spec.Data.Augmentation?.Views ?? 1);
        var record = ByteCount.Sum(routes.SelectMany(route => route.Ends).Distinct()
            .Select(end => (long)new SegmentLayout(FeatureShapes.Elements(table, end, spec.Data.ImageSize), spec.Features.Type).Stride));
        return Math.Min(budget, ByteCount.Times(images.All, views, record));
    }

    private static MemoryPart Part(string what, long bytes, string field) => new(what, bytes, field, IsShared: true, IsOnDevice: false);
}
