using System.Globalization;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Grains.Paths;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Grains.Tests.Paths;

public sealed class PathRootsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PathRootsTests()
    {
        foreach (var name in (string[])["data/photos", "data2", "out", "outside"])
        {
            Directory.CreateDirectory(In(name));
        }
    }

    [Theory]
    [InlineData("photos", "data/photos")]
    [InlineData("./photos/../photos/", "data/photos")]
    [InlineData("not/there/yet", "data/not/there/yet")]
    [InlineData(".", "data")]
    public void ARelativePath_CountsFromTheFirstRoot(string written, string resolved) =>
        Assert.Equal(In(resolved), Roots().Resolve(Spec(written, "run")).Data.Path);

    [Fact]
    public void AFullPath_MayLieUnderAnyRoot() => Assert.Equal(In("data2/x"), Roots().Resolve(Spec(In("data2/x"), In("out/run"))).Data.Path);

    [Theory]
    [InlineData("..")]
    [InlineData("photos/../../outside")]
    [InlineData("/etc")]
    [InlineData("/")]
    public void APathThatLeaves_IsRefused(string path) => AssertRefused(path);

    [Fact]
    public void AFolderWhoseNameBeginsLikeARoot_IsOutside() => AssertRefused(In("data-of-others"));

    [Theory]
    [InlineData("link", "../outside")]
    [InlineData("link/deeper/still", "../outside")]
    [InlineData("link/../outside", "photos/../../out")]
    [InlineData("link", "link")]
    public void ALinkThatLeaves_IsRefused(string path, string target)
    {
        Directory.CreateSymbolicLink(In("data/link"), target);

        AssertRefused(path);
    }

    [Fact]
    public void DotsAfterALink_CountFromWhereItLeads()
    {
        Directory.CreateSymbolicLink(In("data/link"), In("data2"));

        AssertRefused("link/../outside");
        Assert.Equal(In("data2/x"), Roots().Resolve(Spec("link/x", "run")).Data.Path);
    }

    [Fact]
    public void EveryPathOfASpec_IsJudged()
    {
        var spec = Spec("..", "..") with { Model = new() { Weights = "../w.h5", Base = "../m.onnx" }, Features = new() { Directory = In("data") } };

        var refused = Assert.Throws<InvalidInputException>(() => Roots().Resolve(spec));

        Assert.Equal(["data.path", "model.weights", "model.base", "features.directory", "output"], refused.Problems.Select(problem => problem.Field));
    }

    [Fact]
    public void WithoutRoots_EveryFullPathWillDoAndARelativeOneWillNot()
    {
        Assert.Equal("/anywhere", PathRoots.Anywhere.Resolve(Spec("/anywhere", "/out")).Data.Path);
        Assert.Equal(
            "data.path: must be a full path: it is the silo's",
            Assert.Throws<InvalidInputException>(() => PathRoots.Anywhere.Resolve(Spec("photos", "/out"))).Message);
    }

    [Theory]
    [InlineData("x", "data/team/x")]
    [InlineData("../shared/x", "data/shared/x")]
    [InlineData(".", "data/team")]
    public void AnOwnersFolders_AreTheRoots(string path, string resolved) =>
        Assert.Equal(In(resolved), Roots().Of(Owner("team", "shared/")).Resolve(Spec(path, "run")).Data.Path);

    [Theory]
    [InlineData("..")]
    [InlineData("../photos")]
    [InlineData("../team-b")]
    [InlineData("link")]
    public void WhatIsNotAnOwners_IsRefused(string path)
    {
        Directory.CreateDirectory(In("data/team"));
        Directory.CreateSymbolicLink(In("data/team/link"), In("data/photos"));

        var refused = Assert.Throws<InvalidInputException>(() => Roots().Of(Owner("team")).Resolve(Spec(path, "run")));

        Assert.Equal("data.path", Assert.Single(refused.Problems).Field);
    }

    [Fact]
    public void AnOwnersFolderThatIsALink_AllowsNothing()
    {
        Directory.CreateSymbolicLink(In("data/team"), In("data/photos"));

        Assert.Throws<InvalidInputException>(() => Roots().Of(Owner("team")).Resolve(Spec("x", "run")));
    }

    [Fact]
    public void APathThatBecameALink_IsMoved_AlsoWithinTheRoots()
    {
        var spec = Roots().Resolve(Spec("photos", "run"));
        Roots().RequireUnmoved(spec);
        Roots().RequireUnmovedOutput(In("out/run/model.safetensors"));

        Directory.CreateSymbolicLink(In("out/run"), In("out"));
        Directory.Move(In("data/photos"), In("data/before"));
        Directory.CreateSymbolicLink(In("data/photos"), In("data/before"));

        Assert.Equal(["data.path", "output"], Assert.Throws<InvalidInputException>(() => Roots().RequireUnmoved(spec)).Problems.Select(problem => problem.Field));
        Assert.Throws<InvalidInputException>(() => Roots().RequireUnmovedOutput(In("out/run/model.safetensors")));
        Assert.True(Roots().IsOutputMoved(In("outside/run")));
        PathRoots.Anywhere.RequireUnmoved(spec);
    }

    [Fact]
    public void FilesAreWatched_AlsoBelowARootThatLeadsElsewhereThanAtTheStart()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells where a handle leads.");
        Directory.CreateSymbolicLink(In("root"), In("data"));
        var roots = new PathRoots([In("root")], []);
        roots.WatchFiles();
        Directory.Delete(In("root"));
        Directory.CreateSymbolicLink(In("root"), In("data2"));
        File.WriteAllText(In("outside/weights"), "");

        var weights = Path.Combine(roots.Resolve(Spec("photos", In("out"))).Data.Path, "weights");
        Directory.CreateSymbolicLink(In("data2/photos"), In("outside"));

        Assert.Equal(In("data2/photos/weights"), weights);
        Assert.Throws<IOException>(() => RootedFiles.OpenRead(weights));
    }

    [Theory]
    [InlineData("run", "out/run")]
    [InlineData("{0}/out/run", "out/run")]
    [InlineData("{0}/data2/run", "data2/run")]
    public void ARunToStartFrom_LiesWhereRunsWriteOrWhereDataLies(string written, string resolved) =>
        Assert.Equal(In(resolved), Roots().Resolve(StartingFrom(string.Format(CultureInfo.InvariantCulture, written, _folder.Path))).From);

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc")]
    public void ARunToStartFromElsewhere_IsRefused(string path) => Assert.Equal(
        "from", Assert.Single(Assert.Throws<InvalidInputException>(() => Roots().Resolve(StartingFrom(path))).Problems).Field);

    /// <summary>Output that may go anywhere is no leave to read anywhere.</summary>
    [Fact]
    public void WithoutRootsForOutput_ARunToStartFromLiesWhereDataLies()
    {
        var roots = new PathRoots([In("data")], []);

        Assert.Equal(In("data/run"), roots.Resolve(StartingFrom("run") with { Output = In("out/new") }).From);
        Assert.Throws<InvalidInputException>(() => roots.Resolve(StartingFrom(In("out/run")) with { Output = In("out/new") }));
    }

    [Fact]
    public void AFileOfTheRunToStartFromThatIsALink_IsMoved()
    {
        Directory.CreateDirectory(In("out/run"));
        var spec = Roots().Resolve(StartingFrom("run"));
        Roots().RequireUnmoved(spec);

        File.CreateSymbolicLink(In("out/run/model.safetensors"), In("outside/model.safetensors"));

        Assert.Equal("from", Assert.Single(Assert.Throws<InvalidInputException>(() => Roots().RequireUnmoved(spec)).Problems).Field);
    }

    public void Dispose() => _folder.Dispose();

    private static RunSpec StartingFrom(string path) => Spec("photos", "new") with { From = path };

    private string In(string name) => _folder.In(name);

    private PathRoots Roots() => new([In("data"), In("data2")], [In("out")]);

    private static RunOwner Owner(params string[] folders) => new() { Name = "team", DataFolders = [.. folders] };

    private void AssertRefused(string path) =>
        Assert.Equal("data.path", Assert.Single(Assert.Throws<InvalidInputException>(() => Roots().Resolve(Spec(path, "run"))).Problems).Field);

    private static RunSpec Spec(string data, string output) => new() { Data = new() { Path = data }, Phases = [new()], Output = output };
}
