using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination.Outputs;

public sealed class OutputLockTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly OutputFolder _folder;
    private readonly OutputLock _claim;
    private readonly RunSpec _spec = new() { Data = new() { Path = "images" }, Phases = [new()], Output = "out", Seed = 9 };

    public OutputLockTests()
    {
        _folder = new(_temporary.In("run"));
        _claim = new(_folder, "this-run");
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
        _claim.GoOn(_spec, isHandedOn: true);

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
                _claim.GoOn(_spec, isHandedOn: true);
                _claim.Begin(_spec);
                break;
            case "gives up":
                _claim.GoOn(_spec, isHandedOn: true);
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

    [Fact]
    public void WhileARunTrainsIntoAFolder_AnotherIsRefusedByName()
    {
        var other = new OutputLock(_folder, "other-run");
        _claim.Begin(_spec);

        var early = Assert.Throws<InvalidInputException>(() => _folder.RequireNew());
        var late = Assert.Throws<InvalidInputException>(() => other.Begin(_spec));
        var resumed = Assert.Throws<InvalidInputException>(() => other.GoOn(_spec, isHandedOn: true));

        Assert.All((InvalidInputException[])[early, late, resumed], e => Assert.Contains("run this-run is training into", e.Message, StringComparison.Ordinal));
        Assert.True(_claim.IsOurs && !other.IsOurs);
    }

    [Fact]
    public void AFolderThatIsLetGoOf_MayBeGoneOnWith()
    {
        _claim.Begin(_spec);
        _claim.LetGo();
        var other = new OutputLock(_folder, "other-run");

        other.GoOn(_spec, isHandedOn: true);

        Assert.True(other.IsOurs && !_claim.IsOurs);
    }

    [Fact]
    public void AFolderInWhichAnotherRunHasFinishedMeanwhile_IsRefused()
    {
        _folder.RequireNew();
        _folder.Create();
        _folder.Finish(ReceiptDraftTests.Receipt);

        Assert.Contains("holds a finished run", Assert.Throws<InvalidInputException>(() => _claim.Begin(_spec)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.Receipt));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatHasBecomeAnothers_IsNeitherWrittenNorDeleted(bool hasFinished)
    {
        _claim.Begin(_spec);
        _claim.Require();
        File.WriteAllText(_folder.Checkpoint, "");
        if (hasFinished)
        {
            File.WriteAllText(_folder.Receipt, """{ "runId": "other-run" }""");
        }
        else
        {
            _folder.Sign("other-run");
        }

        Assert.Contains("has become run other-run's", Assert.Throws<RunFailedException>(_claim.Require).Message, StringComparison.Ordinal);
        _claim.GiveUp();

        Assert.True(File.Exists(_folder.Checkpoint) && File.Exists(_folder.Spec));
        Assert.False(_claim.IsOurs);
    }

    [Fact]
    public void AStrangersSpec_TakesNothingOver()
    {
        _folder.Begin(_spec);

        var refused = Assert.Throws<InvalidInputException>(() => _claim.GoOn(_spec with { Seed = 10 }, isHandedOn: true));
        _claim.GiveUp();

        Assert.Contains("belongs to another spec", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.Spec));
    }

    [Fact]
    public void ARunThatIsPickedUp_DoesNotGoOnWithAnothersFiles()
    {
        new OutputLock(_folder, "other-run").Begin(_spec);

        var refused = Assert.Throws<InvalidInputException>(() => _claim.GoOn(_spec, isHandedOn: false));

        Assert.Contains("run other-run", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItsOwnCoordinatorThatIsStillThere_DoesNotKeepARunOut()
    {
        _claim.Begin(_spec);
        var next = new OutputLock(_folder, "this-run");

        next.GoOn(_spec, isHandedOn: false);
        _claim.LetGo();
        next.Require();

        Assert.Throws<InvalidInputException>(() => _folder.RequireNew()); // it holds the folder by now
    }

    public void Dispose() => _temporary.Dispose();
}
