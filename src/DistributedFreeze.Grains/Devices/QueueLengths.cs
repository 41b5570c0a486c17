namespace DistributedFreeze.Grains.Devices;

/// <summary>How many runs wait, by what they wait for.</summary>
/// <param name="Devices">For free devices.</param>
/// <param name="Quota">For their owners' other runs: those have as many devices as they may.</param>
/// <param name="Size">For more devices than there are.</param>
internal sealed record QueueLengths(int Devices, int Quota, int Size);
