using DistributedFreeze.Advice;
using DistributedFreeze.Coordination.Devices;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Training.Native;
using DistributedFreeze.Training.Replicas;

namespace DistributedFreeze.Training.Advice;

/// <summary>Advises by an <see cref="Adviser"/> on one device of a silo: on a thread of its own, with as many threads as one replica has.</summary>
/// <param name="stores">The silo's cached features.</param>
public sealed class TorchAdviceBackend(FeatureStores stores) : IAdviceBackend
{
    /// <inheritdoc/>
    public async Task<AdviceResult> AdviseAsync(string device, AdviceRequest request, Action<AdviceProgress> progress, CancellationToken cancellationToken)
    {
        using var thread = new DeviceThread($"advice-{device}", request.Spec.ThreadsPerReplica);
        return await thread.RunAsync(() =>
        {
            try
            {
                return new Adviser(request, progress, AdvicePlace.Slot(device, stores)).Run(cancellationToken);
            }
            finally
            {
                NativeHeap.GiveBack();
            }
        });
    }
}
