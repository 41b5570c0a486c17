using DistributedFreeze.Training.Checkpoints;

namespace DistributedFreeze.Training.Tests.Checkpoints;

public sealed class SideBySideTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1 << 20)]
    public void Both_SeeTheValues(int count)
    {
        var values = Enumerable.Range(0, count).Select(i => (float)i).ToArray();
        float[] beside = [], here = [];

        SideBySide.Read(values, seen => beside = seen.ToArray(), seen => here = seen.ToArray());

        Assert.Equal(values, beside);
        Assert.Equal(values, here);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1 << 20)]
    public void WhatOneThrows_IsThrown(int count)
    {
        var values = new float[count];

        Assert.Throws<IOException>(() => SideBySide.Read(values, _ => throw new IOException(), _ => { }));
        Assert.Throws<IOException>(() => SideBySide.Read(values, _ => { }, _ => throw new IOException()));
    }

    [Fact]
    public void WhereOneThrows_TheOtherHasEnded()
    {
        using var mayEnd = new ManualResetEventSlim();
        var hasEnded = false;

        Assert.Throws<IOException>(() => SideBySide.Read(
            new float[1 << 20],
            _ =>
            {
                mayEnd.Wait();
                hasEnded = true;
            },
            _ =>
            {
                mayEnd.Set();
                throw new IOException();
            }));

        Assert.True(hasEnded);
    }
}
