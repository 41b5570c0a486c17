namespace DistributedFreeze.Training.Replicas;

public sealed class DeviceDiscoveryTests
{
    [Theory]
    [InlineData(0, 2, true, "cpu:0 cpu:1")]
    [InlineData(0, 2, false, "cpu:0 cpu:1")]
    [InlineData(1, 2, true, "cuda:0 cpu:0 cpu:1")]
    [InlineData(2, 64, false, "cuda:0 cuda:1")]
    [InlineData(1, null, true, "cuda:0")]
    public void SlotsOfTheProcessor_AreThereOnRequestBesideGpus(int gpus, int? slots, bool besideGpus, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeviceDiscovery.Of(gpus, slots, besideGpus).Select(device => device.Name)));
}
