using DistributedFreeze.Runs;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace DistributedFreeze.Grains.Tests.Wire;

public sealed class NamedNumbersWireTests
{
    [Fact]
    public void Numbers_ArriveAsTheyLeft_NoneOrSome()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer<NamedNumbers>>();
        var numbers = NamedNumbers.Of(new() { ["rose"] = 2, ["tulip"] = 0.5 });

        Assert.Equal(numbers, serializer.Deserialize(serializer.SerializeToArray(numbers)));
        Assert.Equal(NamedNumbers.None, serializer.Deserialize(serializer.SerializeToArray(NamedNumbers.None)));
    }
}
