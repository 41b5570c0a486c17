using System.Xml.Linq;
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

    /// <summary>What several test projects need stands in a kit that they reference: a file that each compiles anew is a type of its own in each.</summary>
    [Fact]
    public void NoTestProject_CompilesFilesOfAnother()
    {
        var projects = Directory.GetFiles(RepositoryRoot.In("tests"), "*.csproj", SearchOption.AllDirectories);

        Assert.NotEmpty(projects);
        Assert.Empty(
            from project in projects
            from item in XDocument.Load(project).Descendants()
            where item.Attribute("Include")?.Value is { } include
                && include.StartsWith("..", StringComparison.Ordinal) && item.Name.LocalName is not "ProjectReference"
            select $"{Path.GetFileName(project)}: {item}");
    }

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
