namespace DistributedFreeze.Specs.Sweeps;

/// <summary>How the trials of a sweep are chosen.</summary>
public enum SweepSampling
{
    /// <summary>Every combination of the values.</summary>
    Grid = 0,

    /// <summary>Independent draws.</summary>
    Random = 1,

    /// <summary>Draws that lie more evenly than independent ones.</summary>
    QuasiRandom = 2,
}
