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
        var computed = Computed(workspace, spec);
        for (var i = 0; i < records.Length; i++)
        {
            Assert.True(records[i] is null || records[i].AsSpan(blocks.Channels - 2_048).SequenceEqual(computed[i].Pooled), $"{i}");
            Assert.Equal(computed[i].Map, Read(workspace, workspace.Run.Routes[1].Boundary, workspace.Run.Data.Train[i].Hash));
        }
    }

    /// <summary>The pooled features and those at the boundary, as the phases of a run with a cache of its own compute them.</summary>
    private static List<(float[] Pooled, float[] Map)> Computed(RunWorkspace workspace, RunSpec spec)
    {
        using var stores = new FeatureStores();
        using var own = RunWorkspace.Load(spec, stores, TestContext.Current.CancellationToken);
        using var scope = NewDisposeScope();
        using var network = new Models.NetworkState(own.Weights.On(CPU));
        using var head = new PhaseFeatures(own.Features, network, phase: 0, isKept: false, CPU);
        using var tail = new PhaseFeatures(own.Features, network, phase: 1, isKept: false, CPU);
        return [.. Take(head).Zip(Take(tail))];

        IEnumerable<float[]> Take(PhaseFeatures features)
        {
            using var stream = features.Open(workspace.Run.Data.Train, view: 0);
            foreach (var _ in workspace.Run.Data.Train)
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
