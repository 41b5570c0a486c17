using DistributedFreeze.Data.Features;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>Runs of one seed and network have one base, and one engine of each stretch of it.</summary>
[Slow]
public sealed class DrawnBasesTests : IDisposable
{
    private static readonly LayerTable Table = LayerTable.For(NetworkGraph.TorchvisionV15, ModelArchitecture.ResNet18);

    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void OneSeed_IsDrawnOnce_AndIsWhatIsDrawnAlone()
    {
        using var drawn = new DrawnBases();
        using var alone = BaseWeights.Random(5, Table, CPU);
        using var other = drawn.Take(6, Table, CPU);
        using (var first = drawn.Take(5, Table, CPU))
        {
            using var second = drawn.Take(5, Table, CPU);
            Assert.Same(first["conv1_conv.weight"], second["conv1_conv.weight"]);
            Assert.Equal(alone.Sha256, second.Sha256);
            Assert.Equal(alone.LayerHashes, second.LayerHashes);
            Assert.Equal(alone.StatisticsHashes, second.StatisticsHashes);
            Assert.NotEqual(other.Sha256, second.Sha256);
        }

        using var left = drawn.Take(5, Table, CPU);
        Assert.Equal(alone.Sha256, StateHash.Of(Table.Layers.SelectMany(layer => layer.Tensors), name => left[name]));
    }

    [Fact]
    public void WhatComputesFeatures_IsSharedByRunsThatAskForTheSame_AndByNoOthers()
    {
        using var stores = new FeatureStores();
        using var drawn = new DrawnBases();
        using var one = Load(spec => spec);
        using var same = Load(spec => spec with { BatchSize = 8 });
        RunWorkspace[] others =
        [
            Load(spec => spec with { Seed = 4 }),
            Load(spec => spec with { ThreadsPerReplica = 2 }),
            Load(spec => spec with { Data = spec.Data with { ImageSize = 40 } }),
            Load(spec => spec with { Features = spec.Features with { Engine = PrefixEngine.Torch } }),
        ];

        var engine = Engine(one);

        Assert.Same(engine, Engine(same));
        Assert.All(others, other => Assert.NotSame(engine, Engine(other)));
        Array.ForEach(others, other => other.Dispose());
        using var block = engine.CreateBlock();

        RunWorkspace Load(Func<RunSpec, RunSpec> change) => RunWorkspace.Load(
            change(_runs.TwoPhases("unused") with { Model = new() { Architecture = Table.Architecture.Architecture, Graph = Table.Graph } }),
            stores, TestContext.Current.CancellationToken, drawn: drawn);
    }

    private static Features.Engines.IPrefixEngine Engine(RunWorkspace workspace)
    {
        using var network = new NetworkState(workspace.Weights.On(CPU));
        return workspace.Features.Engines.Get(0, [workspace.Run.Table.Layers.Length], network, CPU);
    }
}
