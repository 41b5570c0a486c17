using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Benchmarks.Storage;

/// <summary>A store under trial: records of numbers by an image's hash, in a folder that several processes have open.</summary>
internal interface IRecordStore : IDisposable
{
    /// <summary>Keeps a record so that whoever has the folder open can read it.</summary>
    /// <returns>False where there is no room.</returns>
    bool Write(in ImageHash image, ReadOnlySpan<float> values);

    /// <summary>Reads a record.</summary>
    /// <returns>False where there is none, or a damaged one.</returns>
    bool TryRead(in ImageHash image, Span<float> values);
}
