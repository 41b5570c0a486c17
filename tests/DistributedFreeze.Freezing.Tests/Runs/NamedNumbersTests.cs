using System.Text.Json;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Runs;

public sealed class NamedNumbersTests
{
    private static readonly NamedNumbers Two = NamedNumbers.Of(new() { ["rose"] = 2, ["Tulip"] = 0.5 });

    [Fact]
    public void NumbersThatSayTheSame_AreEqual_InWhateverOrderTheyWereGiven()
    {
        var other = NamedNumbers.Of(new() { ["Tulip"] = 0.5, ["rose"] = 2 });

        Assert.Equal(Two, other);
        Assert.Equal(Two.GetHashCode(), other.GetHashCode());
        Assert.Equal(["Tulip", "rose"], other.All.Select(number => number.Name));
        Assert.NotEqual(Two, NamedNumbers.Of(new() { ["rose"] = 2 }));
        Assert.NotEqual(Two, NamedNumbers.Of(new() { ["rose"] = 2, ["Tulip"] = 0.6 }));
        Assert.Equal(NamedNumbers.None, NamedNumbers.Of([]));
    }

    [Fact]
    public void InJson_TheyAreAnObject()
    {
        var json = JsonSerializer.Serialize(Two, RunJson.Compact);

        Assert.Equal("""{"Tulip":0.5,"rose":2}""", json);
        Assert.Equal(Two, JsonSerializer.Deserialize<NamedNumbers>(json, RunJson.Compact));
        Assert.Equal("{}", JsonSerializer.Serialize(NamedNumbers.None, RunJson.Compact));
    }

    [Theory]
    [InlineData("""{"rose":"2"}""")]
    [InlineData("""{"rose":2,"rose":3}""")]
    [InlineData("[2]")]
    public void AnythingElse_IsRefused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<NamedNumbers>(json, RunJson.Compact));
}
