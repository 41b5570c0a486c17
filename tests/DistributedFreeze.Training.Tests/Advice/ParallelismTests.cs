using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Advice;

public sealed class ParallelismTests
{
    [Theory]
    [InlineData(2, 4, 1, null, 2, 1)]
    [InlineData(16, 4, 1, null, 4, 4)]
    [InlineData(16, 4, 4, null, 4, 1)]
    [InlineData(1, 4, 1, null, 1, 1)]
    [InlineData(1, 4, 8, null, 1, 1)]
    [InlineData(8, 4, 1, 2, 2, 4)]
    [InlineData(2, 4, 1, 4, 4, 1)]
    public void Processors_GoToReplicasFirst_ThenToShortRunsSideBySide(int processors, int shards, int threads, int? asked, int replicas, int shortRuns)
    {
        var spec = new RunSpec { Data = new() { Path = "." }, Output = ".", Phases = [new()], Shards = shards, ThreadsPerReplica = threads, Replicas = asked };

        Assert.Equal(new Parallelism(replicas, shortRuns), Parallelism.Of(spec, processors));
    }
}
