namespace DistributedFreeze.Freezing.Estimates;

/// <summary>A phase whose epochs wait for images to be decoded, where their features are computed, longer than they compute.</summary>
/// <param name="Phase">The phase, from 0.</param>
/// <param name="IsLasting">Whether its later epochs do, too; else what the first ones computed is kept.</param>
/// <param name="Decode">Images per second that a replica decodes.</param>
/// <param name="Threads">On how many threads.</param>
/// <param name="Computed">Images per second that the same replica evaluates up to the boundary, or trains where nothing comes before it.</param>
/// <param name="HasPrefix">Whether something comes before it.</param>
public sealed record DecodeLimit(int Phase, bool IsLasting, double Decode, int Threads, double Computed, bool HasPrefix);
