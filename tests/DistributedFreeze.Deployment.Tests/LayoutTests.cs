using YamlDotNet.Serialization;

namespace DistributedFreeze.Deployment;

public sealed class LayoutTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("DistributedFreeze.sln")]
    [InlineData("Dockerfile")]
    [InlineData(".dockerignore")]
    [InlineData("CHANGELOG.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("LICENSE")]
    [InlineData("SECURITY.md")]
    public void TheTopLevelHas(string file) => Assert.True(File.Exists(RepositoryRoot.In(file)), file);

    [Fact]
    public void TheWorkflow_RunsTheScriptThatEverybodyRuns()
    {
        var workflow = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object>>(File.ReadAllText(RepositoryRoot.In(".github/workflows/ci.yml")));

        var check = (Dictionary<object, object>)((Dictionary<object, object>)workflow["jobs"])["check"];
        var last = (Dictionary<object, object>)((List<object>)check["steps"])[^1];

        Assert.Equal(".ci/run", last["run"]);
        Assert.True(File.Exists(RepositoryRoot.In(".ci/run")));
    }
}
