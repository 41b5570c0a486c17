using System.Runtime.InteropServices;
using DistributedFreeze.Coordination.Positions;
using DistributedFreeze.Exchange;
using DistributedFreeze.Replicas;
using DistributedFreeze.Training.Sums;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Replicas;

/// <summary>What the steps of a window came to; where that lies on a device it is read once, when the window ends.</summary>
/// <param name="order">The window.</param>
/// <param name="standing">Told of each step, in order.</param>
/// <param name="device">Where losses lie that nobody has waited for.</param>
internal sealed class WindowResults(WindowOrder order, ReplicaStanding standing, Device device) : IDisposable
{
    private readonly List<(int Images, long Computed, long Read)> _waiting = [];
    private Tensor? _sums;
    private bool _isTorn;

    /// <summary>A step is about to be applied.</summary>
    public void Applying()
    {
        _isTorn = true;
        standing.Applying();
    }

    /// <summary>The step has been applied.</summary>
    /// <param name="mean">What it came to.</param>
    /// <param name="images">Images in it.</param>
    /// <param name="computed">Features computed since the window began.</param>
    /// <param name="read">Features read since then.</param>
    public void Add(StepMean mean, int images, long computed, long read)
    {
        if (mean.Host is { } host)
        {
            standing.Applied(order, host[ExchangeVector.Loss], (int)host[ExchangeVector.Correct], images, computed, read);
        }
        else
        {
            _sums ??= zeros(order.Steps, ExchangeVector.SumElements, device: device).DetachFromDisposeScope();
            _sums[_waiting.Count].copy_(mean.Sums);
            _waiting.Add((images, computed, read));
        }

        _isTorn = false;
    }

    /// <summary>Reads what waits on the device; a step that broke while it was applied leaves nothing that counts.</summary>
    /// <param name="check">Told of each loss and its step before any of them counts; what it throws ends the window.</param>
    public void Read(Action<float, int> check)
    {
        if (_waiting.Count == 0 || _isTorn)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var sums = MemoryMarshal.Cast<byte, float>(_sums!.cpu().bytes);
        for (var i = 0; i < _waiting.Count; i++)
        {
            check(Of(sums, i)[ExchangeVector.Loss], order.FirstStep + i);
        }

        foreach (var (i, (images, computed, read)) in _waiting.Index())
        {
            var own = Of(sums, i);
            standing.Applied(order, own[ExchangeVector.Loss], (int)own[ExchangeVector.Correct], images, computed, read);
        }

        _waiting.Clear();
    }

    private static Span<float> Of(Span<float> sums, int step) => sums.Slice(step * ExchangeVector.SumElements, ExchangeVector.SumElements);

    public void Dispose() => _sums?.Dispose();
}
