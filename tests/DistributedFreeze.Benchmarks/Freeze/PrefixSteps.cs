using System.Diagnostics.CodeAnalysis;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Features.Engines;
using DistributedFreeze.Training.Models;

namespace DistributedFreeze.Benchmarks.Freeze;

/// <summary>Blocks through the whole frozen base, on either engine.</summary>
internal sealed class PrefixSteps : IDisposable
{
    private readonly IPrefixEngine _engine;
    private readonly PrefixBlock _block;

    public PrefixSteps(PrefixEngine kind, LayerTable table, BaseWeights weights)
    {
        _engine = PrefixEngines.Create(kind, new() { Table = table, Ends = [table.Layers.Length], ImageSize = 224 }, new NetworkView(weights));
        _block = _engine.CreateBlock();
    }

    public int Run(int blocks)
    {
        for (var i = 0; i < blocks; i++)
        {
            _block.Evaluate();
        }

        return blocks * PrefixEngines.BlockSize;
    }

    public void Dispose()
    {
        _block.Dispose();
        _engine.Dispose();
    }

    private sealed class NetworkView(BaseWeights weights) : ILayerWeights
    {
        public TorchSharp.torch.Tensor this[string name] => weights[name];

        public bool TryGetBatchStatistics(string layer, [NotNullWhen(true)] out TorchSharp.torch.Tensor? mean, [NotNullWhen(true)] out TorchSharp.torch.Tensor? variance)
        {
            (mean, variance) = (null, null);
            return false;
        }
    }
}
