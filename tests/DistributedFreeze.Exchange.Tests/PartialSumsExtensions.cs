namespace DistributedFreeze.Exchange;

internal static class PartialSumsExtensions
{
    /// <summary>Pushes a shard that lies in one piece; an empty one has no image in the step.</summary>
    public static void Push(this PartialSums sums, int shard, params float[] values)
    {
        if (values.Length == 0)
        {
            sums.PushEmpty(shard);
        }
        else
        {
            sums.Push(shard, new VectorContribution(values));
        }
    }
}
