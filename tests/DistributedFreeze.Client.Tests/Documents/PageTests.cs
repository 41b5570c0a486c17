namespace DistributedFreeze.Client.Tests.Documents;

/// <summary>What pages name and link to is there.</summary>
public sealed class PageTests
{
    /// <summary>They are written as our types are.</summary>
    private static readonly string[] Products = ["DistributedFreeze", "PostgreSQL", "TorchSharp"];

    private static readonly Lazy<SourceNames> Names = new(() => new());

    public static TheoryData<string> Pages => [.. Page.All.Select(Relative)];

    public static TheoryData<string> PagesOfTheCode => [.. Page.OfTheCode.Select(Relative)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void EveryLink_LeadsSomewhere(string page)
    {
        var text = new Page(page);

        AssertNone(text.Links.Select(text.ProblemOf));
    }

    [Theory]
    [MemberData(nameof(PagesOfTheCode))]
    public void EveryName_IsOfSomethingThatThereIs(string page)
    {
        var text = new Page(page);

        AssertNone(text.Code.Concat(text.NamesInPictures.Except(Products)).Select(Names.Value.ProblemOf));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void NoPage_HasTheMarksOfAMerge(string page) => AssertNone(File.ReadLines(RepositoryRoot.In(page))
        .Where(line => line.StartsWith("<<<<<<< ", StringComparison.Ordinal) || line.StartsWith(">>>>>>> ", StringComparison.Ordinal)));

    [Theory]
    [InlineData("Snippet")]
    [InlineData("Snippet.Problems")]
    [InlineData("DistributedFreeze.Client.Tests")]
    [InlineData("DistributedFreeze.Client.Tests.Documents")]
    [InlineData("tests/DistributedFreeze.Client.Tests")]
    [InlineData("dfreeze plan")]
    [InlineData("DFREEZE_CACHE")]
    public void ANameThatThereIs_IsNoProblem(string code) => Assert.Null(Names.Value.ProblemOf(code));

    [Theory]
    [InlineData("Snipet")]
    [InlineData("Snippet.Solutions")]
    [InlineData("DistributedFreeze.Client.Pests")]
    [InlineData("tests/DistributedFreeze.Client.Pests")]
    public void ANameOfNothing_IsFound(string code) => Assert.NotNull(Names.Value.ProblemOf(code));

    [Theory]
    [InlineData("nowhere.md")]
    [InlineData("docs/cluster.md#nothing")]
    public void ALinkToNowhere_IsFound(string link) => Assert.NotNull(new Page("README.md").ProblemOf(link));

    /// <summary>All of them at once: a page is mended in one go.</summary>
    private static void AssertNone(IEnumerable<string?> problems)
    {
        var found = problems.OfType<string>().ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    private static string Relative(string page) => Path.GetRelativePath(RepositoryRoot.In(), page).Replace('\\', '/');
}
