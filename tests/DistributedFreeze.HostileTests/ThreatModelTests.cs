using System.Text.RegularExpressions;


namespace DistributedFreeze.Hostile;

/// <summary>The page names tests that there are, and every class of this project.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void EveryTestThatThePageNames_IsThere_AndEveryHostileOneIsNamed()
    {
        var page = File.ReadAllText(RepositoryRoot.In("docs/threat-model.md"));
        var named = Named().Matches(page).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var files = Directory.EnumerateFiles(RepositoryRoot.In("tests"), "*Tests.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToHashSet();
        var hostile = typeof(ThreatModelTests).Assembly.GetTypes()
            .Where(type =>
                type.Namespace?.StartsWith("DistributedFreeze.Hostile", StringComparison.Ordinal) == true
                && type.Name.EndsWith("Tests", StringComparison.Ordinal)
                && type != typeof(ThreatModelTests))
            .Select(type => type.Name);

        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, files));
        Assert.Empty(hostile.Except(named));
    }

    [GeneratedRegex(@"`(\w+Tests)`")]
    private static partial Regex Named();
}
