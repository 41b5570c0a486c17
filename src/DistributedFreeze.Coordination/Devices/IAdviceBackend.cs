using DistributedFreeze.Advice;

namespace DistributedFreeze.Coordination.Devices;

/// <summary>What finds out how much to unfreeze on the devices of this process, beside <see cref="IComputeBackend"/>. Thread-safe.</summary>
public interface IAdviceBackend
{
    /// <summary>Finds out; takes minutes, and returns at once.</summary>
    /// <param name="device">The device's name within this process, such as <c>cuda:0</c>: nothing but it and the threads of one replica are used.</param>
    /// <param name="request">What is asked, with full paths.</param>
    /// <param name="progress">Told how far it is, from any thread, one call after another.</param>
    /// <param name="cancellationToken">Breaks it off: what is known by then is the result.</param>
    /// <exception cref="Errors.InvalidInputException">Data or weights cannot be used, or no candidate is small enough.</exception>
    /// <exception cref="Errors.RunFailedException">Every candidate diverges.</exception>
    /// <exception cref="OperationCanceledException">It was broken off before anything was known.</exception>
    Task<AdviceResult> AdviseAsync(string device, AdviceRequest request, Action<AdviceProgress> progress, CancellationToken cancellationToken);
}
