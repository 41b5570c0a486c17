using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

public sealed class WindowResultsTests
{
    private static readonly WindowOrder Window = new() { Phase = 0, Epoch = 0, FirstStep = 2, Steps = 3 };

    private readonly ReplicaStanding _standing = new([new() { Epochs = 1 }], stepsPerEpoch: 9);

    public WindowResultsTests()
    {
        _standing.Enter(0, PhaseEntry.BeginsAnew, Window.Progress);
        _standing.Begin(Window);
    }

    [Fact]
    public void WhatIsOnADevice_IsReadInOrder_WithTheStepsOwnNumbers()
    {
        using var scope = NewDisposeScope();
        using var results = new WindowResults(Window, _standing, CPU);
        Take(results, 3, 1, images: 8);
        Take(results, 2, 5, images: 8);
        Take(results, 1, 4, images: 4);
        Assert.Null(_standing.Since);
        Assert.Null(_standing.Stand);

        var read = new List<(float, int)>();
        results.Read((loss, step) => read.Add((loss, step)));
        results.Read((_, _) => Assert.Fail("It has been read."));

        Assert.Equal([(3f, 2), (2f, 3), (1f, 4)], read);
        Assert.Equal([3f, 2f, 1f], _standing.Since!.Losses);
        Assert.Equal([1, 5, 4], _standing.Since.Correct);
        Assert.Equal([8, 8, 4], _standing.Since.Samples);
        Assert.Equal(3, _standing.Stand!.Step);
    }

    [Fact]
    public void ALossThatIsNoNumber_LeavesNoStateThatIsClaimed()
    {
        using var scope = NewDisposeScope();
        using var results = new WindowResults(Window, _standing, CPU);
        Take(results, 3, 1, images: 8);
        Take(results, float.NaN, 0, images: 8);

        var error = Assert.Throws<InvalidOperationException>(() => results.Read((loss, step) =>
        {
            if (float.IsNaN(loss))
            {
                throw new InvalidOperationException($"step {step}");
            }
        }));

        Assert.Equal("step 3", error.Message);
        Assert.Null(_standing.Stand);
    }

    [Fact]
    public void AStepThatBrokeWhileItWasApplied_LeavesNoStateThatIsClaimed()
    {
        using var scope = NewDisposeScope();
        using var results = new WindowResults(Window, _standing, CPU);
        Take(results, 3, 1, images: 8);

        results.Applying();
        results.Read((_, _) => Assert.Fail("Nothing counts."));

        Assert.Null(_standing.Stand);
    }

    [Fact]
    public void AResultThatCannotBeKept_LeavesNoStateThatIsClaimed()
    {
        using var scope = NewDisposeScope();
        using var results = new WindowResults(Window, _standing, CPU);
        Take(results, 3, 1, images: 8);

        results.Applying();
        Assert.ThrowsAny<Exception>(() => results.Add(new(zeros(1), null, Stop: false), images: 8, computed: 0, read: 0));
        results.Read((_, _) => Assert.Fail("Nothing counts."));

        Assert.Null(_standing.Stand);
    }

    [Fact]
    public void WhatIsInHostMemory_CountsAtOnce()
    {
        using var scope = NewDisposeScope();
        using var results = new WindowResults(Window, _standing, CPU);

        results.Applying();
        results.Add(new(tensor(new float[] { 0, 7, 3 }), [0, 7, 3], Stop: false), images: 8, computed: 0, read: 0);

        Assert.Equal([7f], _standing.Since!.Losses);
        Assert.Equal(1, _standing.Stand!.Step);
    }

    private static void Take(WindowResults results, float loss, float correct, int images)
    {
        results.Applying();
        results.Add(new(tensor(new[] { 0, loss, correct }), null, Stop: false), images, computed: 0, read: 0);
    }
}
