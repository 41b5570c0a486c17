using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Simulation.World;

namespace DistributedFreeze.Simulation.Cluster;

/// <summary>The disk under the run's output folder, which all silos share: real files, and a time in which there is no room.</summary>
internal sealed class SimDisk(SimWorld world)
{
    /// <summary>Until when nothing can be written.</summary>
    public TimeSpan FullUntil { get; set; }

    /// <exception cref="StorageUnavailableException">The disk is full.</exception>
    public void Write(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (world.Now < FullUntil)
        {
            throw new StorageUnavailableException(path, 8, "the disk is full", new IOException("No space left on device"));
        }

        using var writer = new SafetensorsWriter(path, [], metadata);
        writer.Commit();
    }
}
