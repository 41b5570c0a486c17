namespace DistributedFreeze.Data.Augmentation;

public sealed class MirrorTests
{
    [Fact]
    public void LeftRight_TurnsEveryRowAndNoPixel()
    {
        byte[] odd = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19];
        byte[] even = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

        Mirror.LeftRight(odd, width: 3);
        Mirror.LeftRight(even, width: 2);

        Assert.Equal([7, 8, 9, 4, 5, 6, 1, 2, 3, 17, 18, 19, 14, 15, 16, 11, 12, 13], odd);
        Assert.Equal([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9], even);
    }
}
