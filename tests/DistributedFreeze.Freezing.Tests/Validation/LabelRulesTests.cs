using System.Collections.Immutable;
using System.Text.Json;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Tests.Validation;

public sealed class LabelRulesTests
{
    private static readonly RunSpec Unlabelled = new() { Data = new() { Path = "x" }, Phases = [new()], Output = "y" };

    [Fact]
    public void PlainLabels_AreRight_AndChangeNoResult()
    {
        var run = Unlabelled with { Labels = RunLabels.Of(new() { ["team"] = "vision", ["cost-center"] = "eu/4711:a@b+c_d-e.f" }) };

        Assert.Empty(RunSpecValidator.Validate(run));
        Assert.Equal(RunSpecKey.Of(Unlabelled), RunSpecKey.Of(run));
        Assert.NotEqual(Unlabelled, run);
    }

    [Theory]
    [InlineData("Team", "vision", "has 'Team', but a name must be 1 to 63 lower-case letters, digits, '_' and '-' and begin with a letter")]
    [InlineData("7", "vision", "has '7', but a name must be 1 to 63 lower-case letters, digits, '_' and '-' and begin with a letter")]
    [InlineData("team\n", "vision", "has 'team\n', but a name must be 1 to 63 lower-case letters, digits, '_' and '-' and begin with a letter")]
    [InlineData("team", "", "has '' for 'team', but must have 1 to 63 letters, digits and characters of ._:/@+- there")]
    [InlineData("team", "a,b", "has 'a,b' for 'team', but must have 1 to 63 letters, digits and characters of ._:/@+- there")]
    [InlineData("team", "a\n", "has 'a\n' for 'team', but must have 1 to 63 letters, digits and characters of ._:/@+- there")]
    public void OtherLabels_AreRefusedByName(string name, string value, string message) =>
        Assert.Equal([new("labels", message)], RunSpecValidator.Validate(Unlabelled with { Labels = RunLabels.Of(new() { [name] = value }) }));

    [Fact]
    public void TooManyLabels_AndSuchAsAreOneToMetrics_AreRefused()
    {
        var many = RunLabels.Of(Enumerable.Range(0, 17).ToDictionary(number => $"l{number}", _ => "x"));
        var same = RunLabels.Of(new() { ["cost-center"] = "1", ["cost_center"] = "2" });

        Assert.Equal("must be at most 16, got 17", Assert.Single(RunSpecValidator.Validate(Unlabelled with { Labels = many })).Message);
        Assert.Equal(
            "has 'cost-center' and 'cost_center', which are one name to metrics; keep one of them", Assert.Single(RunSpecValidator.Validate(Unlabelled with { Labels = same })).Message);
    }

    /// <summary>A client of the gateway can send what no run file can say.</summary>
    [Fact]
    public void ALabelThatIsNull_IsAProblem()
    {
        var labels = RunLabels.Of(new() { ["team"] = "vision" });
        typeof(RunLabels).GetProperty(nameof(RunLabels.All))!.SetValue(labels, ImmutableArray.Create([(RunLabel?)null]));

        Assert.Equal([new("labels", "has one that is null, but must have a name and a value for each")], RunSpecValidator.Validate(Unlabelled with { Labels = labels }));
    }

    [Fact]
    public void Labels_AreAnObjectInJson_InOneOrder()
    {
        var json = JsonSerializer.Serialize(RunLabels.Of(new() { ["b"] = "2", ["a"] = "1" }), RunJson.Compact);

        Assert.Equal("""{"a":"1","b":"2"}""", json);
        Assert.Equal(RunLabels.Of(new() { ["a"] = "1", ["b"] = "2" }), JsonSerializer.Deserialize<RunLabels>(json, RunJson.Compact));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RunLabels>("""{"a":1}""", RunJson.Compact));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<RunLabels>("""{"a":"1","a":"2"}""", RunJson.Compact));
    }
}
