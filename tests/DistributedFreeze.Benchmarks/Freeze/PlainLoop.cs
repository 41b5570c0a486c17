using DistributedFreeze.Freezing;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Freezing.Policies;
using DistributedFreeze.Runs;
using static TorchSharp.torch;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>
/// What someone would write by hand with TorchSharp: modules, the prefix under no_grad, the loss's backward, torch.optim's SGD. The same
/// network, batch, parts of the batch and optimizer as ours, on pixels that are in memory already.
/// </summary>
internal sealed class PlainLoop : IDisposable
{
    private const int Classes = 4;
    private readonly PlainResNet50 _network;
    private readonly nn.Module<Tensor, Tensor> _head;
    private readonly optim.Optimizer _optimizer;
    private readonly Tensor _pixels;
    private readonly Tensor _labels;
    private readonly int _part;

    /// <param name="policy">Which layers train.</param>
    /// <param name="batch">Images of a step.</param>
    /// <param name="parts">In how many parts a step is computed, their gradients added.</param>
    public PlainLoop(FreezePolicy policy, int batch, int parts)
    {
        var table = LayerTable.For(NetworkGraph.KerasV1);
        var mask = FreezePolicyResolver.Resolve(policy, table, "freeze");
        using var scope = NewDisposeScope();
        _part = batch / parts;
        _network = new(table, mask, Boundary.Of(table, mask).Index);
        _head = nn.Linear(table.PooledFeatures, Classes);
        _optimizer = optim.SGD([.. _network.Trainable, .. _head.parameters()], 1e-4, momentum: 0.9);
        _pixels = randn(batch, 3, 224, 224).DetachFromDisposeScope();
        _labels = randint(Classes, [batch], ScalarType.Int64).DetachFromDisposeScope();
    }

    /// <summary>Trains on the batch again and again.</summary>
    /// <returns>Images trained on.</returns>
    public int Steps(int count) => Enumerable.Range(0, count).Sum(_ => Step());

    private int Step()
    {
        var batch = (int)_pixels.shape[0];
        _optimizer.zero_grad();
        for (var start = 0; start < batch; start += _part)
        {
            using var scope = NewDisposeScope();
            var logits = _head.call(_network.Evaluate(_pixels.narrow(0, start, _part)));
            var loss = nn.functional.cross_entropy(logits, _labels.narrow(0, start, _part), reduction: nn.Reduction.Sum) / batch;
            loss.backward();
        }

        using (NewDisposeScope())
        {
            _optimizer.step();
        }

        return batch;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _head.Dispose();
        _network.Dispose();
        _pixels.Dispose();
        _labels.Dispose();
    }
}
