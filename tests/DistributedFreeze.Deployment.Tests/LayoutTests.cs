namespace DistributedFreeze.Deployment;

public sealed class LayoutTests
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("DistributedFreeze.sln")]
    [InlineData("Dockerfile")]
    [InlineData(".dockerignore")]
    public void TheTopLevelHas(string file) => Assert.True(File.Exists(RepositoryRoot.In(file)), file);
}
