using static TorchSharp.torch;

namespace DistributedFreeze.Training.Sums;

/// <summary>The total of an exchange as a tensor: on the processor the exchange's own memory, elsewhere a copy.</summary>
/// <param name="device">Where it is needed.</param>
internal sealed class HostTotal(Device device) : IDisposable
{
    private float[]? _values;
    private Tensor? _tensor;

    /// <param name="total">The exchange's, which is mostly the same array step by step.</param>
    /// <returns>Valid until the next step; on the processor not to be changed.</returns>
    public Tensor Of(float[] total)
    {
        if (!ReferenceEquals(total, _values))
        {
            _tensor?.Dispose();
            _tensor = frombuffer(total, ScalarType.Float32).DetachFromDisposeScope();
            _values = total;
        }

        return _tensor!.to(device);
    }

    public void Dispose() => _tensor?.Dispose();
}
