using DistributedFreeze.Runs;

namespace DistributedFreeze.Data;

public sealed class NormalizerTests
{
    // Red, green and blue of four pixels.
    private static readonly byte[] Rgb = [0, 100, 255, 1, 101, 254, 2, 102, 253, 3, 103, 252];

    [Theory]
    [InlineData(Preprocessing.Caffe, 151.061f, 148.061f, -16.779f, -13.779f, -123.68f, -120.68f)]
    [InlineData(Preprocessing.Torch, -2.117904f, -2.0665295f, -0.2850140f, -0.2324930f, 2.64f, 2.5877124f)]
    [InlineData(Preprocessing.Tf, -1f, -0.9764706f, -0.2156863f, -0.1921568f, 1f, 0.9764706f)]
    public void ToTensorLayout_PartsAndScalesTheChannels(
        Preprocessing preprocessing, float first, float last, float secondFirst, float secondLast, float thirdFirst, float thirdLast)
    {
        var chw = new float[12];

        Normalizer.ToTensorLayout(Rgb, 2, preprocessing, chw);

        float[] expected = [first, last, secondFirst, secondLast, thirdFirst, thirdLast];
        float[] actual = [chw[0], chw[3], chw[4], chw[7], chw[8], chw[11]];
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-5f);
        }
    }

    [Fact]
    public void ToTensorLayout_RefusesAnotherShape()
    {
        Assert.Throws<ArgumentException>("rgb", () => Normalizer.ToTensorLayout(new byte[11], 2, Preprocessing.Tf, new float[12]));
        Assert.Throws<ArgumentException>("chw", () => Normalizer.ToTensorLayout(Rgb, 2, Preprocessing.Tf, new float[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Normalizer.ToTensorLayout(Rgb, 2, (Preprocessing)9, new float[12]));
    }
}
