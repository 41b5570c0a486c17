using DistributedFreeze.Errors;
using DistributedFreeze.Runs;
using DistributedFreeze.Training.Native;
using static TorchSharp.torch;

namespace DistributedFreeze.Training.Models;

/// <summary>The base's weights of one run in one process, on every device that asks for them.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="load">Loads them on a device, and lays over them what an earlier run trained; such as <see cref="BaseWeights.Load"/>.</param>
/// <param name="parent">What an earlier run trained, where the run starts from one; becomes this object's.</param>
/// <param name="precision">In which numbers the run computes with them.</param>
internal sealed class RunWeights(Func<Device, ParentWeights?, BaseWeights> load, ParentWeights? parent = null, RunPrecision precision = default) : IDisposable
{
    private readonly Dictionary<string, BaseWeights> _bases = new(StringComparer.Ordinal);
    private readonly Lock _loading = new();

    /// <summary>Once they are on a GPU: nobody switches its numbers as long as they are there.</summary>
    private IDisposable? _numbers;

    /// <summary>The run that the run starts from, by its content; null where it starts from its base.</summary>
    public ParentRun? Parent => parent?.Run;

    /// <summary>Those that are loaded, whatever device they are on; loads them on the processor where there are none.</summary>
    /// <exception cref="InvalidInputException">The weights file, or the run that the run starts from, cannot be used.</exception>
    public BaseWeights Any
    {
        get
        {
            lock (_loading)
            {
                return _bases.Count > 0 ? _bases.Values.First() : On(CPU);
            }
        }
    }

    /// <summary>The weights on a device, loaded on first use and shared by the replicas there; they stay this object's.</summary>
    /// <exception cref="InvalidInputException">The weights file, or the run that the run starts from, cannot be used.</exception>
    /// <exception cref="DeviceBusyException">Another run computes in other numbers on this process's GPUs.</exception>
    public BaseWeights On(Device device)
    {
        lock (_loading)
        {
            var key = device.ToString();
            if (!_bases.TryGetValue(key, out var weights))
            {
                RequireRepeatable(device);
                _numbers ??= device.type == TorchSharp.DeviceType.CUDA ? Tf32Switch.OfThisProcess.Hold(precision == RunPrecision.Tf32) : null;
                weights = load(device, parent);
                _bases.Add(key, weights);
            }

            return weights;
        }
    }

    /// <summary>Whoever computes on a GPU has its weights there first.</summary>
    private static void RequireRepeatable(Device device)
    {
        if (device.type == TorchSharp.DeviceType.CUDA)
        {
            CudaDeterminism.Ensure();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_loading)
        {
            try
            {
                foreach (var weights in _bases.Values)
                {
                    weights.Dispose();
                }
            }
            finally
            {
                // A broken GPU may refuse to free them, and its neighbours' numbers are still to be switched.
                _bases.Clear();
                _numbers?.Dispose();
                parent?.Dispose();
            }
        }
    }
}
