namespace DistributedFreeze.Data.Features;

/// <summary>What is wrong with a file of a cache folder.</summary>
/// <param name="File">Full path.</param>
/// <param name="Kind">What kind of fault.</param>
/// <param name="Records">Records that are lost by it; 0 where that cannot be told.</param>
/// <param name="Detail">One sentence without a full stop.</param>
public sealed record FeatureFault(string File, FeatureFaultKind Kind, int Records, string Detail);

/// <summary>Kinds of faults. None is ever served; each costs room, and a record that is computed again.</summary>
public enum FeatureFaultKind
{
    /// <summary>A record was stored, and has other bytes now.</summary>
    Damaged = 0,

    /// <summary>The end of a file was cut, or its writer was cut off; the next writer fills the place.</summary>
    Torn = 1,

    /// <summary>The file is none that this version would write there.</summary>
    Foreign = 2,
}
