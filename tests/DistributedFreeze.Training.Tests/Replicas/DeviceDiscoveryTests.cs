using DistributedFreeze.Devices;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Replicas;

public sealed class DeviceDiscoveryTests
{
    private static readonly RunSpec Run = new() { Data = new() { Path = "" }, Phases = [], Output = "" };

    [Theory]
    [InlineData(0, 2, "cpu:0 cpu:1")]
    [InlineData(1, 2, "cuda:0 cpu:0 cpu:1")]
    [InlineData(2, 0, "cuda:0 cuda:1")]
    [InlineData(1, null, "cuda:0")]
    public void SlotsOfTheProcessor_AreThereOnRequestBesideGpus(int gpus, int? slots, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeviceDiscovery.Of(gpus, slots).Select(device => device.Name)));

    [Theory]
    [InlineData(DeviceChoice.Auto, 0, false)]
    [InlineData(DeviceChoice.Auto, 1, true)]
    [InlineData(DeviceChoice.Cuda, 2, true)]
    [InlineData(DeviceChoice.Cpu, 2, false)]
    public void ARunByItself_IsOnTheGpusUnlessItIsForTheProcessor(DeviceChoice device, int gpus, bool takesGpus) =>
        Assert.Equal(takesGpus, DeviceDiscovery.TakesGpus(Run with { Device = device }, gpus));

    [Fact]
    public void ARunForGpus_IsRefusedWhereThereIsNone_ByTheFieldAndWhatWasFound()
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => DeviceDiscovery.TakesGpus(Run with { Device = DeviceChoice.Cuda }, gpus: 0)).Problems);

        Assert.Equal("device", problem.Field);
        Assert.Contains($"finds no GPU here, only {Environment.ProcessorCount} processors", problem.Message, StringComparison.Ordinal);
    }
}
