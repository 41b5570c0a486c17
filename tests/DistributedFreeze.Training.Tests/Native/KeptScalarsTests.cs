using static TorchSharp.torch;

namespace DistributedFreeze.Training.Native;

[Slow]
public sealed class KeptScalarsTests
{
    [Fact]
    public void Arithmetic_IsTorchsOwn()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (tensor([1f, -2, 3]), tensor([4f, 5, -6]), tensor([0.5f, 2, 4]));

        Assert.Equal([5, 3, -3], Values(a.Plus(b)));
        Assert.Equal([9, 8, -9], Values(a.clone().AddScaled(b, 2)));
        Assert.Equal([1.5f, -1.5f, 3.5f], Values(a.clone().AddNumber(0.5)));
        Assert.Equal([-3, 6, -9], Values(a.clone().Scale(-3)));
        Assert.Equal([0.5f, -1, 1.5f], Values(a.clone().DivideBy(2)));
        Assert.Equal([7, 28, -69], Values(a.clone().AddProduct(b, c, 3)));
        Assert.Equal([17, 3, 0], Values(a.clone().AddQuotient(b, c, 2)));
    }

    [Fact]
    public async Task ANumber_OutlivesGarbageCollectionsUntilLibtorchHasReadIt()
    {
        using var done = new CancellationTokenSource();
        var collecting = Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    GC.Collect(0);
                    GC.WaitForPendingFinalizers();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        try
        {
            using var scope = NewDisposeScope();
            var (values, one) = (zeros(4), ones(4));
            for (var i = 1; i <= 100_000; i++)
            {
                values.AddScaled(one, 2).Scale(0.5).AddNumber(-1);
            }

            // 0 -> (0 + 2) / 2 - 1 = 0, each time without rounding.
            Assert.Equal([0, 0, 0, 0], Values(values));
        }
        finally
        {
            await done.CancelAsync();
            await collecting;
        }
    }

    private static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();
}
