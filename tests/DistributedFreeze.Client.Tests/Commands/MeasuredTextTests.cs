using DistributedFreeze.Cli.Plan;

namespace DistributedFreeze.Client.Tests.Commands;

public sealed class MeasuredTextTests
{
    [Fact]
    public void ADecodeLimit_SaysWhatIsSlowAndWhatHelps()
    {
        Assert.Equal(
            "Phase 2: decoding is the limit of epochs that compute features: 250 images/s on 16 threads of each replica, where the prefix does 3,680 images/s. "
            + "Smaller image files help, and more threads: more replicas, or more processor cores for each GPU.",
            MeasuredText.Text(new(Phase: 1, IsLasting: false, Decode: 250, Threads: 16, Computed: 3684, HasPrefix: true)));
        Assert.StartsWith(
            "Phase 1: decoding is the limit of every epoch: 40.0 images/s on 1 thread of each replica, where training does 70.0 images/s.",
            MeasuredText.Text(new(Phase: 0, IsLasting: true, Decode: 40, Threads: 1, Computed: 70, HasPrefix: false)),
            StringComparison.Ordinal);
    }
}
