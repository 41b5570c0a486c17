using System.Collections.Immutable;
using DistributedFreeze.Data;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features;
using DistributedFreeze.Training.Replicas;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Advice;

[Slow]
public sealed class PooledPassTests : IDisposable
{
    private readonly SmallRuns _runs = new();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void WhatThePassKeeps_IsWhatARunComputes()
    {
        var spec = Trial.Short(_runs.TwoPhases("pass"));
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var blocks = new Blocks(workspace.Run.Table);
        var done = 0;

        var records = new PooledPass(workspace.Features, workspace.Weights, blocks, [workspace.Run.Routes[1].Boundary], CPU)
            .Run(workspace.Run.Data.Train, i => i != 3, threads: 2, images => Interlocked.Add(ref done, images), TestContext.Current.CancellationToken);

        Assert.Equal((28, 28), (records.Length, done));
        Assert.Equal([3], Enumerable.Range(0, 28).Where(i => records[i] is null));
        var computed = Computed(workspace.Run.Data, spec);
        for (var i = 0; i < records.Length; i++)
        {
            Assert.True(records[i] is null || records[i].AsSpan(blocks.Channels - 2_048).SequenceEqual(computed[0][i]), $"{i}");
            Assert.Equal(computed[1][i], Read(workspace, workspace.Run.Routes[1].Boundary, workspace.Run.Data.Train[i].Hash));
        }
    }

    [Theory]
    [InlineData(PrefixEngine.Onnx, FeatureType.Fp32)]
    [InlineData(PrefixEngine.Torch, FeatureType.Fp16)]
    public void WhatAHeadOnEarlierBlocksReads_IsPutTogether_AsARunComputesIt(PrefixEngine engine, FeatureType type)
    {
        var spec = Trial.Short(_runs.TwoPhases("pass")) with { Features = new() { DiskBytes = 0, Engine = engine, Type = type } };
        var head = spec with { Model = new() { Head = new() { Inputs = ["conv2_block3_out", "conv4_block2_out"] } }, Phases = [spec.Phases[0]] };
        using var stores = new FeatureStores();
        using var workspace = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        var data = workspace.Run.Data;
        var pass = new PooledPass(workspace.Features, workspace.Weights, new(workspace.Run.Table), [], CPU);
        pass.Run(data.Train, _ => false, threads: 2, _ => { }, TestContext.Current.CancellationToken);

        using var lent = workspace.Lend(head, data);
        var missing = pass.Compose(lent.Features, [.. data.Train, data.Validation[0]], TestContext.Current.CancellationToken);

        Assert.Equal(1, missing); // the one that was not shown to the base
        Assert.Equal(Computed(data, head)[0], data.Train.Select(image => Read(lent, lent.Run.Table.Layers.Length, image.Hash)));
    }

    /// <summary>What each phase of a run with a cache of its own computes of the training images.</summary>
    private static ImmutableArray<List<float[]>> Computed(DataSet data, RunSpec spec)
    {
        using var stores = new FeatureStores();
        using var own = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        using var scope = NewDisposeScope();
        using var network = new Models.NetworkState(own.Weights.On(CPU));
        return [.. spec.Phases.Select((_, phase) => Take(phase).ToList())];

        IEnumerable<float[]> Take(int phase)
        {
            using var features = new PhaseFeatures(own.Features, network, phase, isKept: false, CPU);
            using var stream = features.Open(data.Train, view: 0);
            foreach (var _ in data.Train)
            {
                var values = new float[features.Elements];
                stream.Take(1, values);
                yield return values;
            }
        }
    }

    private static float[] Read(RunWorkspace workspace, int end, ImageHash image)
    {
        var prefix = PrefixHash.Of(workspace.Run.Table, end, layer => workspace.Weights.On(CPU).LayerHashes[layer.Name]);
        using var set = workspace.Features.Store.Open(FeatureKeys.Of(workspace.Features, end, 0, prefix, CPU), workspace.Run.RecordAt(end).Elements, workspace.Run.Spec.Features.Type);
        var values = new float[set.Elements];
        Assert.True(set.TryRead(image, values));
        return values;
    }
}
