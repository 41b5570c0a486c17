using System.Text.Json;
using DistributedFreeze.Deployment.Tools;

namespace DistributedFreeze.Deployment.Image;

/// <summary>What <c>-p:TorchBackend</c> changes. The packages of cuda are large, so the build is only evaluated.</summary>
[Slow]
public sealed class TorchBackendTests
{
    private const string OnnxOfCpu = "Microsoft.ML.OnnxRuntime";

    private static readonly string[] OfCpu = ["TorchSharp-cpu"];
    private static readonly string[] OfCuda = ["Microsoft.ML.OnnxRuntime.Gpu.Linux", "TorchSharp-cuda-linux"];

    [Theory]
    [InlineData("DistributedFreeze.Cli")]
    [InlineData("DistributedFreeze.Silo")]
    public void Cuda_TakesTheOtherPackagesOfTheProgramsAndNothingElse(string project)
    {
        var cpu = Packages(project, "-p:TorchBackend=cpu");
        var cuda = Packages(project, "-p:TorchBackend=cuda");

        Assert.Equal(OfCpu, cpu.Except(cuda).Order(StringComparer.Ordinal));
        Assert.Equal(OfCuda, cuda.Except(cpu).Order(StringComparer.Ordinal));
        Assert.Equal(cpu, Packages(project));
    }

    [Fact]
    public void Inference_BringsOnnxRuntimeUnlessTheProgramDoes()
    {
        var cpu = Packages("DistributedFreeze.Inference", "-p:TorchBackend=cpu");

        Assert.Equal([OnnxOfCpu], cpu.Except(Packages("DistributedFreeze.Inference", "-p:TorchBackend=cuda")));
        Assert.Equal(cpu, Packages("DistributedFreeze.Inference"));
        Assert.Empty(cpu.Intersect([.. OfCpu, .. OfCuda]));
    }

    [Theory]
    [InlineData("DistributedFreeze.Grains")]
    [InlineData("DistributedFreeze.Client")]
    public void ALibrary_LeavesTheChoiceToThePrograms(string project)
    {
        var packages = Packages(project, "-p:TorchBackend=cuda");

        Assert.Equal(Packages(project, "-p:TorchBackend=cpu"), packages);
        Assert.Empty(packages.Intersect([OnnxOfCpu, .. OfCpu, .. OfCuda]));
    }

    [Fact]
    public void EveryPackageOfCuda_HasAVersion()
    {
        var versions = Evaluate("DistributedFreeze.Silo", "PackageVersion", "-p:TorchBackend=cuda");

        Assert.Empty(OfCuda.Except(versions));
    }

    [Theory]
    [InlineData("cpu", "DistributedFreeze.Inference")]
    [InlineData("cuda", "DistributedFreeze.Silo")]
    public void OnnxRuntime_CopiesNoLibraryOfWindows(string backend, string project) => Assert.Contains(
        Items(project, "PackageReference", $"-p:TorchBackend={backend}"),
        package => package.GetProperty("Identity").GetString()!.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)
            && package.GetProperty("ExcludeAssets").GetString() == "build");

    [Fact]
    public void AnUnknownBackend_IsRefused()
    {
        var said = ExternalTool.Dotnet.Run(
            "msbuild", RepositoryRoot.In("src/DistributedFreeze.Silo"), "-nodeReuse:false", "-t:CheckTorchBackend", "-p:TorchBackend=gpu");

        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains("TorchBackend must be cpu or cuda, got 'gpu'", said.Output, StringComparison.Ordinal);
    }

    private static List<string> Packages(string project, params string[] properties) => Evaluate(project, "PackageReference", properties);

    private static List<string> Evaluate(string project, string item, params string[] properties) =>
        [.. Items(project, item, properties).Select(found => found.GetProperty("Identity").GetString()!)];

    private static List<JsonElement> Items(string project, string item, params string[] properties)
    {
        var json = ExternalTool.Dotnet.Run(["msbuild", RepositoryRoot.In("src", project), "-nodeReuse:false", $"-getItem:{item}", .. properties]).Content();
        return [.. JsonDocument.Parse(json).RootElement.GetProperty("Items").GetProperty(item).EnumerateArray()];
    }
}
