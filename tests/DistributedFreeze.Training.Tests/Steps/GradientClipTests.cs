using DistributedFreeze.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Steps;

public sealed class GradientClipTests
{
    /// <summary>Tensors of a model, end to end.</summary>
    private static readonly int[] Lengths = [700, 1, 37, 265];

    [Theory]
    [InlineData(0.5, false)]
    [InlineData(30, false)]
    [InlineData(1000, false)]
    [InlineData(0.5, true)]
    [InlineData(30, true)]
    [InlineData(1000, true)]
    public void AGradient_IsScaledAsTorchDoes(double maxNorm, bool isOnDevice)
    {
        using var scope = NewDisposeScope();
        var values = Random();
        var starts = Lengths.Select((_, i) => Lengths.Take(i).Sum());
        var parameters = Lengths.Zip(starts, (length, start) => new Parameter(zeros(length)) { grad = tensor(values.AsSpan(start, length).ToArray()) }).ToList();
        using var clip = new GradientClip(maxNorm, isOnDevice);

        var norm = nn.utils.clip_grad_norm_(parameters, maxNorm);
        var clipped = clip.Of(tensor(values), isOnDevice ? null : values);

        Assert.Equal(norm, GradientClip.Norm(values), 1e-4);
        Assert.Equal(cat([.. parameters.Select(parameter => parameter.grad!)]).data<float>().ToArray(), clipped.data<float>().ToArray(), (expected, found) => Math.Abs(expected - found) < 1e-6);
    }

    [Fact]
    public void WhatIsShortEnough_StaysAsItIs_AndWhatIsTooLongIsNotTouched()
    {
        using var scope = NewDisposeScope();
        var values = Random();
        var gradient = tensor(values);
        using var clip = new GradientClip(1, isOnDevice: false);
        using var wide = new GradientClip(1000, isOnDevice: false);
        using var none = new GradientClip(null, isOnDevice: false);

        Assert.NotSame(gradient, clip.Of(gradient, values));
        Assert.Same(gradient, wide.Of(gradient, values));
        Assert.Same(gradient, none.Of(gradient, values));
        Assert.Equal(values, gradient.data<float>().ToArray());
    }

    /// <summary>Nobody asks the device how long a gradient is, so a factor of one has to leave it as it is.</summary>
    [Fact]
    public void OnADevice_WhatIsShortEnough_KeepsItsBits()
    {
        using var scope = NewDisposeScope();
        var values = Random();
        using var wide = new GradientClip(1000, isOnDevice: true);

        Assert.Equal(values, wide.Of(tensor(values), host: null).data<float>().ToArray());
    }

    /// <summary>Lanes of another number would add the same numbers in another order.</summary>
    [Fact]
    public void TheNorm_IsAddedUpByEight()
    {
        var values = Random();
        var lanes = new double[8];
        for (var i = 0; i < values.Length / 8 * 8; i++)
        {
            lanes[i % 8] += (double)values[i] * values[i];
        }

        double Pair(int lane) => lanes[lane] + lanes[lane + 4];
        var sum = Pair(0) + Pair(1) + (Pair(2) + Pair(3));
        foreach (var rest in values[^(values.Length % 8)..])
        {
            sum += (double)rest * rest;
        }

        Assert.Equal(Math.Sqrt(sum), GradientClip.Norm(values));
        Assert.NotEqual(0, values.Length % 8);
    }

    private static float[] Random()
    {
        var random = new KeyedRandom(5, "gradient");
        return [.. Enumerable.Range(0, Lengths.Sum()).Select(_ => (float)random.NextNormal())];
    }
}
