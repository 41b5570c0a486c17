using System.Text;
using DistributedFreeze.Cli.Results.TensorBoard;

namespace DistributedFreeze.Client.Tests.Results;

/// <summary>The examples of RFC 3720, appendix B.4, and the check value that catalogues of checksums give.</summary>
public sealed class Crc32CTests
{
    [Fact]
    public void ItIsThatOfTheStandard()
    {
        var ascending = Enumerable.Range(0, 32).Select(value => (byte)value).ToArray();

        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(ascending));
        Assert.Equal(0x113FDB5Cu, Crc32C.Of([.. ascending.Reverse()]));
        Assert.Equal(0xE3069283u, Crc32C.Of(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0u, Crc32C.Of([]));
    }
}
