using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Image;

/// <summary>The scripts that need container tools, where there are none.</summary>
public sealed class ContainerScriptTests
{
    [Theory]
    [InlineData("build.sh", "buildah")]
    [InlineData("run.sh", "podman")]
    [InlineData("cluster.sh", "podman")]
    [InlineData("chart.sh", "podman")]
    public void WithoutItsTool_AScriptIsSkippedAndSaysWhy(string script, string tool)
    {
        var said = ExternalTool.Bash.RunIn(RepositoryRoot.In("."), "-c", $"PATH=/nowhere exec \"$BASH\" tests/containers/{script}");

        Assert.Equal(77, said.ExitCode);
        Assert.StartsWith($"skipped: it needs {tool}; apt-get install", said.Output, StringComparison.Ordinal);
        Assert.Empty(said.Error);
    }

    [Fact]
    public void AnUnknownWayToLoseASilo_IsRefused()
    {
        var said = ExternalTool.Bash.RunIn(RepositoryRoot.In("."), "-c", "PATH=/nowhere exec \"$BASH\" tests/containers/cluster.sh unplug");

        Assert.Equal(2, said.ExitCode);
        Assert.Contains("must be disconnect or kill, got 'unplug'", said.Error, StringComparison.Ordinal);
    }
}
