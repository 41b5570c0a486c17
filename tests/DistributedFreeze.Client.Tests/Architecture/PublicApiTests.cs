using System.Xml.Linq;

namespace DistributedFreeze.Client.Tests.Architecture;

/// <summary>What our packages offer is written down: a change of it shows where it is reviewed.</summary>
public sealed class PublicApiTests
{
    /// <summary>Our packages.</summary>
    public static TheoryData<string> Packages => [.. Directory.EnumerateFiles(RepositoryRoot.In("src"), "*.csproj", SearchOption.AllDirectories)
        .Where(project => XDocument.Load(project).Descendants("IsPackable").Any(packable => packable.Value == "true"))
        .Select(project => Path.GetFileNameWithoutExtension(project))];

    [Theory]
    [MemberData(nameof(Packages))]
    public void WhatAPackageOffers_IsWrittenDown(string package)
    {
        var found = PublicApi.Of(package);
        var written = RepositoryRoot.In("src", package, "PublicAPI.txt");
        var declared = File.Exists(written) ? File.ReadAllLines(written) : [];
        var now = Path.Combine(AppContext.BaseDirectory, $"{package}.PublicAPI.txt");
        File.WriteAllLines(now, found);

        Assert.True(
            declared.SequenceEqual(found),
            $"""
            No longer offered, which breaks programs that use it:
            {List(declared.Except(found))}
            Offered, and not written down:
            {List(found.Except(declared))}
            Where this is meant: cp {now} {written}
            """);
    }

    private static string List(IEnumerable<string> lines) => string.Join('\n', lines.DefaultIfEmpty("nothing"));
}
