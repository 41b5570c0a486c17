using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Runs;

/// <summary>A device that fails in the middle of steps: the others go on with the same bits, and where all fail the run says of what.</summary>
[SuppressMessage("Usage", "CA2201", Justification = "What the runtime and libtorch throw is what is tested.")]
public sealed class DeviceFaultRunTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    private const string OutOfMemory = "CUDA out of memory. Tried to allocate 2.00 GiB.";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task ADeviceWithTooLittleMemory_IsDoneWithout(int step)
    {
        var steps = 0;
        var (outcome, spec, events) = await RunAsync(3, member => member == 1 && ++steps >= step);

        undisturbed.AssertSame(outcome, spec, 2);
        var lost = events.OfType<RunEvent.ReplicaLost>().Where(lost => lost.Device == "here/cpu:1").ToList();
        Assert.Equal(2, lost.Count);
        Assert.Equal($"cpu:1 has too little memory for run test ({OutOfMemory.TrimEnd('.')}). Try a smaller batch, smaller images, fewer replicas, or more memory.", lost[0].Reason);
        Assert.Equal($"{lost[0].Reason} It has failed each time and is left out for now.", lost[1].Reason);
    }

    [Fact]
    public async Task ADeviceThatFailsOnce_TakesPartAgain()
    {
        var steps = 0;
        var (outcome, spec, events) = await RunAsync(2, member => member == 0 && ++steps == 3);

        undisturbed.AssertSame(outcome, spec, 2);
        Assert.Single(events.OfType<RunEvent.ReplicaLost>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task WhereAllDevicesFail_TheRunFailsWithTheirReason(int replicas)
    {
        var spec = undisturbed.NewSpec();

        var error = await Assert.ThrowsAsync<RunFailedException>(() => RunAsync(replicas, _ => true, spec));

        Assert.StartsWith("The run was given up after 5 attempts without one step of phase 1/2", error.Message, StringComparison.Ordinal);
        Assert.Contains($"has too little memory for run test ({OutOfMemory.TrimEnd('.')}). Try a smaller batch", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("exit codes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(new OutputFolder(spec.Output).Model));
    }

    /// <param name="replicas">How many there are.</param>
    /// <param name="fails">Whether a member's device fails in the step that it is at, when its shards are computed.</param>
    /// <param name="spec">The spec; null for one of its own.</param>
    private async Task<(RunOutcome Outcome, RunSpec Spec, List<RunEvent> Events)> RunAsync(int replicas, Func<int, bool> fails, RunSpec? spec = null)
    {
        spec ??= undisturbed.NewSpec();
        var exchanges = new SharedExchanges();
        var members = Enumerable.Range(0, replicas)
            .Select(i => new LocalReplica(undisturbed.Workspaces, exchanges, $"cpu:{i}") { Around = handle => new Failing(handle, () => fails(i)) })
            .ToList();
        var events = new List<RunEvent>();
        try
        {
            var driver = new RunDriver(LocalRun.RunId, spec with { Replicas = replicas }, LocalRun.Pool(members), events.Add, new ManualClock());
            return (await driver.RunAsync(resume: false, TestContext.Current.CancellationToken), spec, events);
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.ReleaseAsync()));
        }
    }

    private sealed class Failing(IStepExchange handle, Func<bool> fails) : IStepExchange
    {
        public StepTotal AllReduce(PartialSums sums, int samples, bool wantsStop, CancellationToken cancellationToken) =>
            fails() ? throw new ExternalException(OutOfMemory + "\nException raised from malloc at CUDACachingAllocator.cpp:1") : handle.AllReduce(sums, samples, wantsStop, cancellationToken);

        public void ThrowIfBroken(CancellationToken cancellationToken) => handle.ThrowIfBroken(cancellationToken);
    }
}
