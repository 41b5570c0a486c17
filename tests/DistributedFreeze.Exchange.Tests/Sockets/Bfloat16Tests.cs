namespace DistributedFreeze.Exchange.Sockets;

public sealed class Bfloat16Tests
{
    [Theory]
    [InlineData(0x3F800000u, 0x3F80)]
    [InlineData(0x3F808000u, 0x3F80)]
    [InlineData(0x3F818000u, 0x3F82)]
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x80000000u, 0x8000)]
    [InlineData(0x7F800000u, 0x7F80)]
    [InlineData(0x7F7FFFFFu, 0x7F80)]
    [InlineData(0x7FC00001u, 0x7FC0)]
    [InlineData(0xFFFFFFFFu, 0x7FC0)]
    public void Narrow_RoundsToNearestWithTiesToEvenWhereverTheNumberStands(uint bits, int expected)
    {
        var values = new float[67];
        Array.Fill(values, BitConverter.UInt32BitsToSingle(bits));
        var rounded = new ushort[values.Length];

        Bfloat16.Narrow(values, rounded);

        Assert.All(rounded, value => Assert.Equal(expected, value));
    }

    [Fact]
    public void Widen_GivesEveryNumberBack()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var values = new float[all.Length];

        Bfloat16.Widen(all, values);

        Assert.Equal(all, values.Select(value => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
        Assert.All(values, value => Assert.Equal(0u, BitConverter.SingleToUInt32Bits(value) & 0xFFFF));
    }
}
