using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace DistributedFreeze.Grains.Tests.Wire;

public sealed class PhaseSpecWireTests
{
    [Theory]
    [InlineData(null, 10)]
    [InlineData(3, 3)]
    [InlineData(0, 0)] // which is refused where it arrives
    public void Epochs_ArriveAsTheyLeft_GivenOrNot(int? given, int epochs)
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<PhaseSpec>>();
        var phase = new PhaseSpec { Freeze = new FreezePolicy.LastLayers(10), BatchNorm = BatchNormMode.Train };
        phase = given is { } number ? phase with { Epochs = number } : phase;

        var arrived = serializer.Deserialize(serializer.SerializeToArray(phase))!;

        Assert.Equal(epochs, arrived.Epochs);
        Assert.Equal(phase, arrived);
    }
}
