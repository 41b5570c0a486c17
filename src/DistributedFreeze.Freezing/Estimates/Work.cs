namespace DistributedFreeze.Freezing.Estimates;

/// <summary>Seconds of one replica's work: decoding goes on beside the prefix, the rest comes after.</summary>
/// <param name="Decode">On a thread of its own.</param>
/// <param name="Prefix">On the replica's.</param>
/// <param name="Rest">On the replica's: the tail, and reading and writing features.</param>
/// <param name="Repeated">On every replica alike, however many there are: changing the weights.</param>
internal readonly record struct Work(double Decode, double Prefix, double Rest, double Repeated = 0)
{
    public static Work operator +(Work left, Work right) =>
        new(left.Decode + right.Decode, left.Prefix + right.Prefix, left.Rest + right.Rest, left.Repeated + right.Repeated);

    public static Work operator *(double times, Work work) =>
        new(times * work.Decode, times * work.Prefix, times * work.Rest, times * work.Repeated);

    /// <summary>Seconds on so many replicas: each does its part, and together they have no more than the processors.</summary>
    public double On(int replicas, double processors) => Math.Max(
        (Math.Max(Decode, Prefix) + Rest) / replicas + Repeated,
        (Decode + Prefix + Rest + replicas * Repeated) / processors);

    /// <summary>
    /// Whether replicas wait for images: decoding one takes longer than all that its replica does with it, which goes on meanwhile, and there are processors left
    /// that it could be done on.
    /// </summary>
    public bool IsDecodingLimit(int replicas, double processors) =>
        Decode > Prefix + Rest && (Decode / replicas) + Repeated > (Decode + Prefix + Rest + replicas * Repeated) / processors;
}
