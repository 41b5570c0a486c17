using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Runs;

public sealed class OutputClaimTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly OutputFolder _folder;
    private readonly OutputClaim _claim;
    private readonly RunSpec _spec = new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out", Seed = 9 };

    public OutputClaimTests()
    {
        _folder = new(_temporary.In("run"));
        _claim = new(_folder);
    }

    [Fact]
    public void WhatAnotherRunLeft_StaysWhereThisOneGivesUpBeforeItBegins()
    {
        _folder.Begin(_spec);

        _claim.GiveUp();

        Assert.True(File.Exists(_folder.Spec));
    }

    [Fact]
    public void WhatThisRunWrote_GoesWithIt()
    {
        _claim.Begin(_spec);

        Assert.True(_claim.IsOurs && File.Exists(_folder.Spec));

        _claim.GiveUp();

        Assert.False(File.Exists(_folder.Spec));
    }

    [Fact]
    public void ARunThatGoesOn_KeepsTheSpecThatItBeganWith()
    {
        _folder.Begin(_spec);
        _claim.GoOn();

        _claim.Begin(_spec with { Seed = 10 });

        Assert.Equal(9UL, (ulong)_folder.ReadSpec("--resume").Seed);
    }

    public void Dispose() => _temporary.Dispose();
}
