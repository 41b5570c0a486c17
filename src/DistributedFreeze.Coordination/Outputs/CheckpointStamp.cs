using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Outputs;

/// <summary>What a checkpoint belongs to: it is taken over only where all of this is the same.</summary>
internal sealed record CheckpointStamp
{
    /// <summary>Identifies what the spec computes.</summary>
    public required string SpecKey { get; init; }

    /// <summary>SHA-256 of the data set.</summary>
    public required string DataHash { get; init; }

    /// <summary>SHA-256 of the base.</summary>
    public required string BaseHash { get; init; }

    /// <summary>SHA-256 of the receipt of the run that the run starts from; empty where it starts from its base.</summary>
    public string ParentHash { get; init; } = "";

    /// <summary>The phase, from 0.</summary>
    public required int Phase { get; init; }

    /// <summary>SHA-256 of the phase's mask.</summary>
    public required string MaskHash { get; init; }

    /// <summary>Where the run stood, in the driver's own words.</summary>
    public required string Progress { get; init; }

    /// <summary>Refuses a checkpoint of something else.</summary>
    /// <param name="expected">What the run has.</param>
    /// <param name="path">The checkpoint's file, for the message.</param>
    /// <exception cref="InvalidInputException">Something differs.</exception>
    public void Check(CheckpointStamp expected, string path)
    {
        CheckSpec(expected.SpecKey, path);
        Check(path, "other images", DataHash, expected.DataHash, "put the data folder back as it was, or start a new run");
        Check(path, "other base weights", BaseHash, expected.BaseHash, "put the weights file back as it was, or start a new run");
        Check(path, "a run that started from another one", ParentHash, expected.ParentHash, "put the folder that it starts from back as it was, or start a new run");
        Check(path, "another freeze mask", MaskHash, expected.MaskHash, "resume with the spec that the run began with");
        if (Phase != expected.Phase)
        {
            throw new InvalidInputException(path, $"was written in phase {Phase + 1}, not in phase {expected.Phase + 1}");
        }
    }

    /// <summary>Refuses a checkpoint of a run with another spec, whose phases need not even be the same in number.</summary>
    /// <param name="expected">Key of the run's spec.</param>
    /// <param name="path">The checkpoint's file, for the message.</param>
    /// <exception cref="InvalidInputException">The specs differ.</exception>
    public void CheckSpec(string expected, string path) =>
        Check(path, "another spec", SpecKey, expected, "resume with the spec that the run began with");

    private static void Check(string path, string what, string found, string expected, string cure)
    {
        if (found != expected)
        {
            throw new InvalidInputException(path, $"belongs to {what} ({Short(found)}, not {Short(expected)}): {cure}");
        }
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
