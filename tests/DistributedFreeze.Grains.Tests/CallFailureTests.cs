using System.Reflection;
using DistributedFreeze.Grains.Events;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Storage;

namespace DistributedFreeze.Grains.Tests;

public sealed class CallFailureTests
{
    private const string OrleansWords = "for message: Request [S1 run/r1]->[S2]. See https://aka.ms/orleans-troubleshooting for troubleshooting help.";

    public static TheoryData<Exception, string> Calls => new()
    {
        { new SiloUnavailableException(OrleansWords), "its silo is gone" },
        { new TimeoutException(OrleansWords), "no answer came in time" },
        { new GatewayTooBusyException(OrleansWords), "its silo has too much to do" },
        { new OrleansException(OrleansWords), "the call failed" },
        { new SerializerException("Could not find a codec for type (\"inv\",...)."), "its silo, of another version, cannot read the call" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void ACallThatWasNotAnswered_IsToldInOurWords(Exception reason, string words)
    {
        Assert.True(CallFailure.Is(reason));
        Assert.Equal(words, CallFailure.Words(reason));
    }

    [Fact]
    public void AMethodThatASiloOfAnotherVersionLacks_IsACallThatWasNotAnswered()
    {
        using var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        var call = typeof(ICatalogueGrain).Assembly.GetTypes().Single(
            type => type.GetCustomAttributes<CompoundTypeAliasAttribute>().Any(alias => alias.Components.Contains(typeof(ICatalogueGrain)) && alias.Components.Contains("find")));
        var bytes = serializer.SerializeToArray<object>(Activator.CreateInstance(call)!);
        Assert.IsType(call, serializer.Deserialize<object>(bytes));

        "lack"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("find"u8)));
        var reason = Assert.ThrowsAny<Exception>(() => services.GetRequiredService<Serializer>().Deserialize<object>(bytes));

        Assert.True(CallFailure.Is(reason), $"{reason}");
        Assert.Equal("its silo, of another version, cannot read the call", CallFailure.Words(reason));
        Assert.False(CallFailure.Is(new DllNotFoundException("a native library")));
    }

    [Fact]
    public void OrleansWords_AreFoundWhereverTheyHide()
    {
        Assert.True(CallFailure.IsIn(new InvalidOperationException("ours", new IOException("theirs", new SiloUnavailableException(OrleansWords)))));
        Assert.True(CallFailure.IsIn(new CoordinatorLostException(new InconsistentStateException(OrleansWords))));
        Assert.False(CallFailure.IsIn(new InvalidOperationException("ours", new IOException("the disk's"))));
    }

    [Fact]
    public void AStoreThatRefuses_SpeaksForItself_WithoutWhatOrleansWrapsAroundIt()
    {
        Assert.Equal(
            "The run's state could not be stored: somebody else has stored it meanwhile",
            new CoordinatorLostException(new InconsistentStateException($"Version conflict (Read): {OrleansWords}")).Message);
        Assert.Equal(
            "The run's state could not be stored: IOException: the disk is full",
            new CoordinatorLostException(new OrleansException(OrleansWords, new IOException("the disk is full\n  at ..."))).Message);
        Assert.Equal(
            "The run's state could not be stored: the store does not answer, or refuses",
            new CoordinatorLostException(new OrleansException(OrleansWords)).Message);
    }
}
