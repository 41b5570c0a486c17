namespace DistributedFreeze.Devices;

/// <summary>The memory that a run's replicas are predicted to need, in bytes.</summary>
[GenerateSerializer, Immutable, Alias("df.memory-need")]
public sealed record MemoryNeed
{
    /// <summary>Of its host, for the first replica of the run there, where it computes on the processor.</summary>
    [Id(0)] public required long First { get; init; }

    /// <summary>For every further one there: they share weights, pixels and prefix engines.</summary>
    [Id(1)] public required long Another { get; init; }

    /// <summary>Of its host, for the first replica there, where it computes on a GPU.</summary>
    [Id(2)] public required long FirstBesideGpu { get; init; }

    /// <summary>Of its GPU.</summary>
    [Id(3)] public required long Gpu { get; init; }

    /// <summary>Of its host, for every further one there, where it computes on a GPU; 0 from a silo that does not know better than <see cref="Another"/>.</summary>
    [Id(4)] public long AnotherBesideGpu { get; init; }

    /// <summary>Whether one replica fits a device, were it alone there.</summary>
    /// <param name="device">The device; one whose silo says nothing of its memory takes any run.</param>
    public bool Fits(DeviceInfo device) =>
        (device.RunMemoryBytes == 0 || FirstOn(device) <= device.RunMemoryBytes) && (device.MemoryBytes == 0 || Gpu <= device.MemoryBytes);

    /// <summary>Of its host, for the first replica there.</summary>
    /// <param name="device">The device that it computes on.</param>
    public long FirstOn(DeviceInfo device) => device.MemoryBytes > 0 ? FirstBesideGpu : First;

    /// <summary>Of its host, for every further one there.</summary>
    /// <param name="device">The device that it computes on.</param>
    public long AnotherOn(DeviceInfo device) => device.MemoryBytes > 0 && AnotherBesideGpu > 0 ? AnotherBesideGpu : Another;
}
