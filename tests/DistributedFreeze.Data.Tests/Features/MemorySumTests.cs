using System.Numerics;
using System.Runtime.InteropServices;

namespace DistributedFreeze.Data.Features;

public sealed class MemorySumTests
{
    public static TheoryData<int> Lengths => [1, 7, 8, 9, Vector<byte>.Count - 1, Vector<byte>.Count, Vector<byte>.Count + 1, (3 * Vector<byte>.Count) + 13, 1000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Of_AnyBitThatFlips_Differs(int length)
    {
        var bytes = Bytes(length);
        var whole = MemorySum.Of(bytes);

        for (var bit = 0; bit < 8 * length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(whole, MemorySum.Of(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal(whole, MemorySum.Of(bytes));
    }

    [Fact]
    public void Of_WordsThatChangePlaces_Differs()
    {
        var bytes = Bytes(8 * Vector<byte>.Count);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        var whole = MemorySum.Of(bytes);

        for (var other = 1; other < words.Length; other++)
        {
            (words[0], words[other]) = (words[other], words[0]);
            Assert.NotEqual(whole, MemorySum.Of(bytes));
            (words[0], words[other]) = (words[other], words[0]);
        }
    }

    /// <summary>As of a data line that is stuck.</summary>
    [Fact]
    public void Of_TheSameBitOfTwoWords_Differs()
    {
        var bytes = Bytes(64 * Vector<byte>.Count);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
        var whole = MemorySum.Of(bytes);

        for (var other = 1; other < words.Length; other++)
        {
            for (var bit = 0; bit < 64; bit++)
            {
                words[0] ^= 1UL << bit;
                words[other] ^= 1UL << bit;
                Assert.NotEqual(whole, MemorySum.Of(bytes));
                words[0] ^= 1UL << bit;
                words[other] ^= 1UL << bit;
            }
        }
    }

    [Fact]
    public void Of_ZerosOfOtherLengths_Differ() =>
        Assert.Equal(200, Enumerable.Range(0, 200).Select(length => MemorySum.Of(new byte[length])).Distinct().Count());

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
