using System.Runtime.InteropServices;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using TorchSharp;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

public sealed class StateBroadcastTests : IDisposable
{
    private const int Length = 7;
    private const int Shards = 4;
    private static readonly int[][] Own = [[0, 1], [2], [3]];
    private readonly SharedMemoryExchange _exchange = new(new(Shards), Own.Length, Length);
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>Not one bit may change on the way, of zeros with a sign and of numbers that are none, either.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task EveryBit_ReachesEveryReplica_AndThoseThatWatchKeepTheirs(int root)
    {
        float[] special = [-0f, 0f, float.NaN, float.NegativeInfinity, float.Epsilon, BitConverter.UInt32BitsToSingle(0x7fc12345), -1e-45f];
        List<Tensor> sent = [tensor(special), arange(11, ScalarType.Float32), zeros(0), tensor(new[] { 1f / 3 })];
        var (received, watched) = (Like(sent), Like(sent));

        await Task.WhenAll(Enumerable.Range(0, Own.Length).Select(member => Task.Run(() =>
        {
            if (member == root)
            {
                Of(member).Send(sent, CancellationToken.None);
            }
            else if (member == 2)
            {
                Of(member).Watch(watched, CancellationToken.None);
            }
            else
            {
                Of(member).Receive(received, CancellationToken.None);
            }
        })));

        Assert.Equal(sent.SelectMany(Bits), received.SelectMany(Bits));
        Assert.All(watched.SelectMany(Bits), bits => Assert.Equal(BitConverter.SingleToUInt32Bits(5), bits));
    }

    [Fact]
    public void WhereAMemberHasLeft_ItEndsForAll()
    {
        _exchange.Break();

        Assert.Throws<ExchangeBrokenException>(() => Of(0).Send([zeros(3)], CancellationToken.None));
        Assert.Throws<ExchangeBrokenException>(() => Of(1).Receive([zeros(3)], CancellationToken.None));
    }

    public void Dispose()
    {
        _exchange.Dispose();
        _scope.Dispose();
    }

    private StateBroadcast Of(int member) => new(_exchange.Seat(member), new(new(Shards), Length), Own[member]);

    private static List<Tensor> Like(List<Tensor> tensors) => [.. tensors.Select(tensor => full(tensor.shape, 5f))];

    private static uint[] Bits(Tensor tensor) => MemoryMarshal.Cast<byte, uint>(tensor.bytes).ToArray();
}
