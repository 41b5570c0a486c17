using System.Buffers.Binary;
using System.IO.Hashing;
using DistributedFreeze.Data.Features;

namespace DistributedFreeze.Hostile.Fuzzing.Targets;

/// <summary>A file of stored features. Sums of its header and its entries are made right again for half of the inputs.</summary>
internal sealed class SegmentTarget : FuzzTarget
{
    private const int Numbers = 44; // behind magic, version and key
    private const int HashedBytes = 60; // with four numbers
    private readonly string _folder;
    private readonly SetFolder _set;

    public SegmentTarget(string folder)
        : base(folder)
    {
        _folder = In("cache");
        _set = FeatureSeeds.Fill(_folder);
    }

    public override string Name => "segment";

    public override int Inputs => 2_000;

    public override bool NeverThrows => true;

    public override string Path => _set.Segment(0);

    public override IEnumerable<byte[]> Seeds() => [File.ReadAllBytes(Path)];

    /// <summary>Often only what the header says of sizes, a dozen bytes among thousands.</summary>
    public override byte[] Mutate(Mutator mutator, byte[] input, byte[] other)
    {
        if (input.Length < SegmentLayout.HeaderBytes || mutator.Random.Next(4) > 0)
        {
            return base.Mutate(mutator, input, other);
        }

        var numbers = mutator.Mutate(input[Numbers..HashedBytes], other);
        Array.Resize(ref numbers, HashedBytes - Numbers);
        return [.. input[..Numbers], .. numbers, .. input[HashedBytes..]];
    }

    public override byte[] Mend(byte[] input)
    {
        if (input.Length < SegmentLayout.HeaderBytes || Toss(input))
        {
            return input;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(HashedBytes), XxHash3.HashToUInt64(input.AsSpan(0, HashedBytes)));
        var seed = _set.Seed;
        for (var at = SegmentLayout.HeaderBytes; at + RecordEntry.Size <= Math.Min(input.Length, SegmentLayout.HeaderBytes + SegmentLayout.EntriesBytes); at += RecordEntry.Size)
        {
            var entry = input.AsSpan(at, RecordEntry.Size);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[^8..], XxHash3.HashToUInt64(entry[..^8], seed));
        }

        return input;
    }

    public override void Read(byte[] input) => FeatureSeeds.ReadAll(_folder);

    public override bool Documents(Exception exception) => false;
}
