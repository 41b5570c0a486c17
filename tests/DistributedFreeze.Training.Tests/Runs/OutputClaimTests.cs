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

    [Theory]
    [InlineData("begins")]
    [InlineData("goes on")]
    [InlineData("gives up")]
    [InlineData("finishes")]
    public void WhatAKilledWriterLeft_IsRemovedByTheFoldersOwner(string what)
    {
        _folder.Begin(_spec);
        string[] left = [AtomicFile.NameFor(_folder.Checkpoint), AtomicFile.NameFor(_folder.Spec), AtomicFile.NameFor(_folder.Model)];
        string[] others = [_temporary.In("run/notes.tmp"), AtomicFile.NameFor(_temporary.In("run/notes")), $"{_folder.Checkpoint}.tmp", $"{_folder.Checkpoint}.of-mine.tmp"];
        foreach (var file in left.Concat(others))
        {
            File.WriteAllText(file, "");
        }

        switch (what)
        {
            case "begins":
                _claim.Begin(_spec);
                break;
            case "goes on":
                _claim.GoOn();
                _claim.Begin(_spec);
                break;
            case "gives up":
                _claim.GoOn();
                _claim.GiveUp();
                break;
            default:
                _folder.Finish(ReceiptDraftTests.Receipt);
                break;
        }

        Assert.All(left, file => Assert.False(File.Exists(file)));
        Assert.All(others, file => Assert.True(File.Exists(file)));
    }

    [Fact]
    public void WhatAWriterNeedsThatIsNotKilled_BecomesTheFile()
    {
        Directory.CreateDirectory(_folder.Path);

        AtomicFile.Write(_folder.Log, stream => Assert.Equal([AtomicFile.NameFor(_folder.Log).Length], Directory.GetFiles(_folder.Path).Select(file => file.Length)));

        Assert.Equal([_folder.Log], Directory.GetFiles(_folder.Path));
    }

    public void Dispose() => _temporary.Dispose();
}
