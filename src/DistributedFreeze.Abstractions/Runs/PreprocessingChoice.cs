namespace DistributedFreeze.Runs;

/// <summary>How pixels become network input in a run, and why so.</summary>
/// <param name="Taken">Caffe, torch or tf.</param>
/// <param name="Reason">Why, for people.</param>
[GenerateSerializer, Immutable, Alias("df.preprocessing-choice")]
public sealed record PreprocessingChoice([property: Id(0)] Preprocessing Taken, [property: Id(1)] string Reason)
{
    /// <summary>What was taken and why, in one sentence.</summary>
    public override string ToString() => $"preprocessing {RunEnums.NameOf(Taken)}: {Reason}";
}
