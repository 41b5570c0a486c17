using System.Text.Json;
using DistributedFreeze.Coordination.Groups;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Coordination;

public sealed class ReceiptDraftTests
{
    private static readonly PhaseEstimate Predicted = new()
    {
        Boundary = "avg_pool",
        EpochSecondsWithoutCache = 9,
        EpochSecondsWithCache = 2,
        FillSeconds = 8,
        CacheBytes = 100,
        Fits = true,
        Keeps = true,
        Reason = "Reading is faster.",
        Seconds = 12,
    };

    private readonly PreparedRun _run = PreparedRunTests.Of(PreparedRunTests.Spec);
    private readonly ReceiptDraft _draft = new()
    {
        RunId = "first",
        ModelSha256 = "model",
        Frozen = [new("conv1_conv", "a", "a"), new("conv5_block3_3_bn.statistics", "b", "b")],
        Test = SplitScore.Of([new([new(0, 4, 2, 3) { Answers = [new(0, 0, 2), new(1, 0, 1), new(1, 1, 1)] }, new(1, 4, 2, 3) { Answers = [new(1, 1, 3), new(2, 1, 1)] }], Stopped: false)]),
        Validation = null,
        Devices = ["cpu", "cuda:0"],
        Progress = new()
        {
            Phase = 1,
            Epoch = 3,
            Predictions = [null, Predicted],
            Epochs = [Epoch(0, 0, 5), Epoch(0, 1, 4), Epoch(1, 0, 3), Epoch(1, 1, 2), Epoch(1, 2, 1)],
        },
        Seconds = 12,
    };

    /// <summary>A receipt like any.</summary>
    internal static Receipt Receipt => new ReceiptDraftTests().Draw();

    private static string Json(Receipt receipt) => JsonSerializer.Serialize(receipt, RunJson.Indented);

    private Receipt Draw() => _draft.Of(_run);

    [Fact]
    public void TheReceipt_SaysWhatRanAndWhatCameOfIt()
    {
        var receipt = _draft.Of(_run);

        Assert.Equal(("first", "model", "base", "data"), (receipt.RunId, receipt.ModelSha256, receipt.BaseSha256, receipt.DataSha256));
        Assert.Equal((0.5, 0.75, 0.5, 0.75, 8), (receipt.Test!.Loss, receipt.Test.Accuracy, receipt.TestLoss!.Value, receipt.TestAccuracy!.Value, receipt.Test.Images));
        Assert.Equal((2, 12), (receipt.Replicas, receipt.Seconds));
        Assert.Equal([5, 4, 3, 2, 1], receipt.TrainLoss);
        Assert.Equal(["cat", "dog", "owl", "toad"], receipt.Classes);
        Assert.Equal(_run.Warnings, receipt.Warnings);
        Assert.True(receipt.FrozenUnchanged);
        Assert.Equal([new("conv1_conv", "a", "a")], receipt.FrozenLayers);
        Assert.Equal([new("conv5_block3_3_bn", "b", "b")], receipt.FrozenStatistics);
    }

    [Fact]
    public void TheOwner_IsInTheReceipt_AndInNoHash()
    {
        var nobodys = _draft.Of(_run);
        var hers = (_draft with { Owner = new() { Name = "alice", Issuer = "https://issuer", DataFolders = ["team-a"] } }).Of(_run);

        Assert.Equal(("alice", "https://issuer"), (hers.Owner, hers.OwnerIssuer));
        Assert.Equal((nobodys.ModelSha256, RunSpecKey.Of(nobodys.Spec)), (hers.ModelSha256, RunSpecKey.Of(hers.Spec)));
        Assert.DoesNotContain("\"owner", Json(nobodys), StringComparison.Ordinal);
        Assert.Equal(Json(nobodys), Json(hers with { Owner = null, OwnerIssuer = null }));
    }

    [Fact]
    public void TheRunThatItStartedFrom_IsNamed_WhereThereIsOne()
    {
        var loaded = PreparedRunTests.Loaded with { Parent = new("p", "model of p", "receipt of p") };

        Assert.Equal(loaded.Parent, _draft.Of(PreparedRunTests.Of(PreparedRunTests.Spec, loaded)).Parent);
        Assert.DoesNotContain("\"parent\"", Json(_draft.Of(_run)), StringComparison.Ordinal);
    }

    [Fact]
    public void TheMask_IsTheLastPhases()
    {
        var receipt = _draft.Of(_run);

        Assert.Equal(_run.Plans[1].Mask.Hash, receipt.MaskHash);
        Assert.Equal(_run.Plans[1].Parameters.Trainable, receipt.TrainableParameters);
    }

    [Fact]
    public void EveryPhase_CountsTheStepsOfItsOwnEpochs() =>
        Assert.Equal([2 * 3, 3 * 3], _draft.Of(_run).Phases.Select(phase => phase.Steps));

    [Fact]
    public void APhasesPrediction_StandsBesideItsOwnEpochs()
    {
        var compared = _draft.Of(_run).Predictions;

        Assert.Equal([5, 3], compared.Select(phase => phase.FirstEpochSeconds));
        Assert.Equal([null, Predicted], compared.Select(phase => phase.Predicted));
    }

    [Fact]
    public void ARunWithoutTestImages_HasNoTestScore()
    {
        var receipt = (_draft with { Test = null }).Of(_run);

        Assert.Equal((null, null, null), (receipt.TestLoss, receipt.TestAccuracy, receipt.Test));
    }

    private static EpochResult Epoch(int phase, int epoch, double loss) => new()
    {
        Phase = phase,
        Epoch = epoch,
        TrainLoss = loss,
        TrainAccuracy = 0.5,
        Seconds = loss,
        ImagesPerSecond = 10,
    };
}
