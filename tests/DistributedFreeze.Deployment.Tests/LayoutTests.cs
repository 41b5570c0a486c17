namespace DistributedFreeze.Deployment;

public sealed class LayoutTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("DistributedFreeze.sln")]
    public void TheTopLevelHas(string file) => Assert.True(File.Exists(RepositoryRoot.In(file)), file);
}
