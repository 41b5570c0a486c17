using System.Text.Json;
using DistributedFreeze.Coordination;
using DistributedFreeze.Coordination.Outputs;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Errors;
using DistributedFreeze.Exchange.Sockets;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Replicas;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Export;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Runs;

/// <summary>How pixels become input is decided once, by the coordinator, and is the same for every replica and every resume.</summary>
[Slow]
public sealed class DecidedPreprocessingTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>
{
    [Fact]
    public void ReceiptSpecAndModel_SayWhatWasTaken()
    {
        var receipt = undisturbed.Receipt;

        Assert.Equal(Preprocessing.Auto, undisturbed.NewSpec().Data.Preprocessing);
        Assert.Equal((Preprocessing.Torch, Preprocessing.Torch), (receipt.Preprocessing!.Taken, receipt.Spec.Data.Preprocessing));
        Assert.Contains("random weights", receipt.Preprocessing.Reason, StringComparison.Ordinal);
        using var model = SafetensorsFile.Open(undisturbed.Output.Model);
        Assert.Equal("torch", model.Metadata["preprocessing"]);
        using var run = TrainedRun.Open(undisturbed.Output.Path);
        using var network = TrainedNetwork.Open(run);
        Assert.Equal(Preprocessing.Torch, network.Preprocessing);
    }

    /// <summary>The first replica finds something else than the others, which stands for silos whose last bits differ.</summary>
    [Fact]
    public async Task TheFirstReplicasFinding_CountsForAll()
    {
        var orders = new List<Preprocessing?>();
        var spec = undisturbed.NewSpec();
        using var own = new UndisturbedRun.OwnWorkspace(spec);

        var outcome = await own.RunAsync(3, wrap: (replica, member) => new WatchedReplica(replica)
        {
            Prepared = ready => member > 0 ? ready : ready with { Preprocessing = new(Preprocessing.Tf, "as this silo sees it") },
            BeforePhase = order =>
            {
                orders.Add(order.Preprocessing);
                return Task.CompletedTask;
            },
        });

        Assert.Equal(6, orders.Count);
        Assert.All(orders, order => Assert.Equal(Preprocessing.Tf, order));
        Assert.Equal((Preprocessing.Tf, "as this silo sees it"), (outcome.Receipt!.Preprocessing!.Taken, outcome.Receipt.Preprocessing.Reason));
        var given = spec with { Data = spec.Data with { Preprocessing = Preprocessing.Tf }, Output = undisturbed.NewSpec().Output };
        Assert.Equal((await LocalRun.RunAsync(given, 1)).Receipt!.ModelSha256, outcome.Receipt.ModelSha256);
        Assert.NotEqual(undisturbed.Receipt.ModelSha256, outcome.Receipt.ModelSha256);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AResumedRun_KeepsWhatItsFolderSays(bool asSubmitted)
    {
        var spec = undisturbed.NewSpec();
        var output = new OutputFolder(spec.Output);
        using (var first = new UndisturbedRun.OwnWorkspace(spec))
        {
            await first.RunAsync(1, onEvent: Stop, wrap: (replica, _) => new WatchedReplica(replica)
            {
                Prepared = ready => ready with { Preprocessing = new(Preprocessing.Tf, "found at first") },
            });
        }

        var kept = output.ReadSpec("--resume");
        var resumed = await LocalRun.RunAsync(asSubmitted ? spec : kept, 2, resume: true); // a cluster knows the run as it was submitted

        Assert.Equal(Preprocessing.Tf, kept.Data.Preprocessing);
        Assert.Equal(RunState.Succeeded, resumed.State);
        Assert.Equal((Preprocessing.Tf, Preprocessing.Tf), (resumed.Receipt!.Preprocessing!.Taken, resumed.Receipt.Spec.Data.Preprocessing));

        static void Stop(RunDriver driver, RunEvent happened)
        {
            if (happened is RunEvent.EpochDone)
            {
                _ = driver.RequestStop();
            }
        }
    }

    [Fact]
    public async Task AReplica_RefusesAnotherPreprocessingThanTheOneItBeganWith()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var spec = undisturbed.NewSpec();
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        await using var replica = new LocalReplica(own.Workspaces, new SharedExchanges());
        await replica.PrepareAsync(new() { RunId = LocalRun.RunId, Spec = spec }, cancellationToken);
        await replica.JoinAsync(Groups.Of([0, 1, 2, 3]), cancellationToken);
        var order = new PhaseOrder
        {
            Generation = 1,
            Phase = 0,
            MaskVersion = 1,
            MaskHash = undisturbed.Receipt.Phases[0].MaskHash,
            Preprocessing = Preprocessing.Caffe,
        };

        await replica.BeginPhaseAsync(order, cancellationToken);

        await Assert.ThrowsAsync<MaskMismatchException>(() =>
            replica.BeginPhaseAsync(order with { Preprocessing = Preprocessing.Torch }, cancellationToken));
    }

    [Fact]
    public void FeaturesAreKept_UnderWhatWasDecided()
    {
        var spec = undisturbed.NewSpec();
        using var own = new UndisturbedRun.OwnWorkspace(spec);
        using var given = new UndisturbedRun.OwnWorkspace(spec with { Data = spec.Data with { Preprocessing = Preprocessing.Torch } });

        var found = Key(own.Workspace);
        own.Workspace.Preprocessing.Prepare(Preprocessing.Tf);

        Assert.Equal(Key(given.Workspace), found);
        Assert.NotEqual(found, Key(own.Workspace));

        static FeatureSetKey Key(RunWorkspace workspace) => FeatureKeys.Of(workspace.Features, workspace.Run.Routes[1].Boundary, view: 0, "prefix", CPU);
    }

    [Fact]
    public void AnOlderReceipt_MeansTheGraphsOwn()
    {
        var json = JsonSerializer.SerializeToNode(undisturbed.Receipt, RunJson.Indented)!.AsObject();
        json.Remove("preprocessing");
        json["spec"]!["data"]!["preprocess"] = null;

        var receipt = json.Deserialize<Receipt>(RunJson.Indented)!;

        Assert.Null(receipt.Preprocessing);
        Assert.Equal(Preprocessing.Caffe, ParentSettings.PreprocessingOf(receipt));
    }
}
