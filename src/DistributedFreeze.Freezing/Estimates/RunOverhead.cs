namespace DistributedFreeze.Freezing.Estimates;

/// <summary>What a run takes besides its phases and its test, in seconds; measured where it is predicted.</summary>
/// <param name="Load">Reading, checking and decoding every image once, and loading and hashing the base.</param>
/// <param name="Prepare">What the run measures itself before it decides, and making the prefix engine.</param>
/// <param name="Finish">Hashing what stayed frozen, and writing the model.</param>
public sealed record RunOverhead(double Load, double Prepare, double Finish)
{
    /// <summary>Starting the program and its silo, what they do for the first time, and ending them; 0 where they run already.</summary>
    public double Start { get; init; }

    /// <summary>All of it.</summary>
    public double Seconds => Start + Load + Prepare + Finish;
}
