using System.Globalization;
using System.Xml.Linq;
using DistributedFreeze.Deployment.Manifests;
using k8s.Models;

namespace DistributedFreeze.Deployment.Image;

/// <summary>The image is what the chart and the overlays expect, and its build knows every project.</summary>
public sealed class DockerfileTests
{
    private static readonly V1PodSpec Pod =
        Assert.IsType<V1StatefulSet>(Assert.Single(Manifest.Read(File.ReadAllText(RepositoryRoot.In("k8s/base/statefulset.yaml")))).Object).Spec.Template.Spec;

    [Fact]
    public void TheUser_IsThePods() =>
        Assert.Equal($"{Pod.SecurityContext.RunAsUser}:{Pod.SecurityContext.RunAsGroup}", Dockerfile.Only("USER"));

    [Fact]
    public void ThePorts_AreThePods() => Assert.Equal(
        Pod.Containers[0].Ports.Select(port => port.ContainerPort.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal),
        Dockerfile.Words(Dockerfile.Only("EXPOSE")).Order(StringComparer.Ordinal));

    [Fact]
    public void TheVersion_IsTheProducts() =>
        Assert.Equal(Properties("Directory.Build.props").Descendants("Version").Single().Value, Dockerfile.DefaultOf("VERSION"));

    [Fact]
    public void TheFolders_AreTheUsersAndThePodsVolumes()
    {
        var made = Dockerfile.Words(Dockerfile.Only("RUN"));
        Assert.Equal(["install", "-d", "-o", "10001", "-g", "10001"], made[..6]);

        // What is mounted for secrets and for scratch is nobody's home.
        Assert.Equal(
            Pod.Containers[0].VolumeMounts.Select(mount => mount.MountPath).Except(["/tmp", "/tls"]).Order(StringComparer.Ordinal),
            made[6..].Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheSettings_AreThePodsAndKnown()
    {
        var settings = Dockerfile.Variables.Where(variable => variable.Key.StartsWith("DistributedFreeze__", StringComparison.Ordinal)
            || variable.Key == "DFREEZE_CACHE").ToList();

        Assert.NotEmpty(settings);
        Assert.All(settings, setting => Assert.True(SiloSettings.Knows(setting.Key), $"{setting.Key} is no setting of SiloOptions"));
        Assert.All(settings, setting => Assert.Equal(Pod.Containers[0].Env.Single(variable => variable.Name == setting.Key).Value, setting.Value));
    }

    [Fact]
    public void TheSiloStarts_AndEndsOnSigterm()
    {
        Assert.Equal("[\"/app/DistributedFreeze.Silo\"]", Dockerfile.Only("ENTRYPOINT"));
        Assert.Equal("SIGTERM", Dockerfile.Only("STOPSIGNAL"));
    }

    [Fact]
    public void NobodyIsTold_ThatOnnxRuntimeRuns() => Assert.Equal("1", Dockerfile.Variables["ORT_DISABLE_TELEMETRY"]);

    [Fact]
    public void TheCommandOfTheExample_IsOnThePath()
    {
        var command = Assert.Single(Assert.Single(DeployedPod.In(Deployed.Manifests("example submit-job.yaml"))).Spec.Containers[0].Command);

        Assert.Equal(Properties("src/DistributedFreeze.Cli/DistributedFreeze.Cli.csproj").Descendants("AssemblyName").Single().Value, command);
        Assert.StartsWith("/app:", Dockerfile.Variables["PATH"], StringComparison.Ordinal);
    }

    [Fact]
    public void TheImage_HoldsNoSdk()
    {
        var bases = Dockerfile.Instructions.Where(instruction => instruction.Word == "FROM").Select(instruction => instruction.Text).ToList();

        Assert.Equal("runtime-${TORCH_BACKEND}", bases[^1]);
        Assert.Single(bases, image => image.EndsWith(" AS build", StringComparison.Ordinal));
        Assert.All(bases.Where(image => image.Contains(" AS runtime-", StringComparison.Ordinal)), image => Assert.DoesNotContain("sdk", image, StringComparison.Ordinal));
        Assert.All(
            Dockerfile.Final.Where(instruction => instruction.Word == "COPY"),
            copy => Assert.StartsWith("--from=build /layers/", copy.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Restore_SeesEveryProject() => Assert.Equal(
        ProjectsOf("src/DistributedFreeze.Cli/DistributedFreeze.Cli.csproj").Order(StringComparer.Ordinal),
        Dockerfile.Copied.SelectMany(copy => copy.From.Select(file => (file, copy.To)))
            .Where(copy => copy.file.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(copy => copy.To + Path.GetFileName(copy.file)).Order(StringComparer.Ordinal));

    [Fact]
    public void Restore_SeesTheLockFileOfEveryProject_AndTakesNoOtherPackages()
    {
        Assert.All(
            Dockerfile.Copied.Where(copy => copy.From[0].EndsWith(".csproj", StringComparison.Ordinal)),
            copy => Assert.Equal($"{Path.GetDirectoryName(copy.From[0])}/packages*.lock.json", copy.From[1]));
        Assert.Contains("--locked-mode", Dockerfile.Instructions.Single(instruction => instruction.Text.Contains("dotnet restore", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryBase_CanBeGivenByItsDigest() => Assert.All(
        Dockerfile.Instructions.Where(instruction => instruction.Word == "FROM").Select(instruction => instruction.Text),
        image => Assert.Contains("${", image, StringComparison.Ordinal));

    [Fact]
    public void Restore_SeesEveryFileOfBuildRules() => Assert.Equal(
        Directory.EnumerateFiles(RepositoryRoot.In("."), "Directory.*").Append("global.json").Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Dockerfile.Copied.Single(copy => copy.To == "./").From.Order(StringComparer.Ordinal));

    [Fact]
    public void TheContext_HasWhatIsCopiedAndNoBuildOutput()
    {
        var ignore = File.ReadAllLines(RepositoryRoot.In(".dockerignore"));

        Assert.Equal("*", ignore.First(line => !line.StartsWith('#')));
        Assert.Contains("!.editorconfig", ignore);
        Assert.Contains("**/bin", ignore);
        Assert.Contains("**/obj", ignore);
        Assert.All(
            Dockerfile.Copied.SelectMany(copy => copy.From).Select(file => file.Split('/')[0]),
            top => Assert.Contains(top.StartsWith("Directory.", StringComparison.Ordinal) ? "!Directory.*" : $"!{top}", ignore));
    }

    private static HashSet<string> ProjectsOf(string project)
    {
        var all = new HashSet<string> { project };
        foreach (var reference in Properties(project).Descendants("ProjectReference").Select(reference => reference.Attribute("Include")!.Value))
        {
            var folder = Path.GetDirectoryName(RepositoryRoot.In(project))!;
            all.UnionWith(ProjectsOf(Path.GetRelativePath(RepositoryRoot.In("."), Path.GetFullPath(reference, folder))));
        }

        return all;
    }

    private static XDocument Properties(string file) => XDocument.Load(RepositoryRoot.In(file));
}
