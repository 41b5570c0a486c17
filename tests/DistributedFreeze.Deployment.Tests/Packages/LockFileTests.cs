using System.Text.Json;

namespace DistributedFreeze.Deployment.Packages;

/// <summary>Every project of the product and of its tests has its packages written down.</summary>
public sealed class LockFileTests
{
    private static readonly string[] Folders = ["src", "tests"];

    [Fact]
    public void EveryProject_HasItsPackagesLocked_WithHashesAndWithoutHosts()
    {
        var projects = Folders.SelectMany(folder => Directory.GetFiles(RepositoryRoot.In(folder), "DistributedFreeze.*.csproj", SearchOption.AllDirectories)).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, project =>
        {
            var file = Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json");
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            using var locked = JsonDocument.Parse(text);
            Assert.All(
                locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                    .Where(package => package.Value.GetProperty("type").GetString() != "Project"),
                package => Assert.Equal(88, package.Value.GetProperty("contentHash").GetString()!.Length)); // SHA-512 in base 64
        });
    }

    [Fact]
    public void TheCheck_TakesNoOtherPackages() =>
        Assert.Contains("dotnet restore DistributedFreeze.sln --locked-mode", File.ReadAllText(RepositoryRoot.In(".ci", "run")), StringComparison.Ordinal);
}
