namespace DistributedFreeze.Coordination.Tensors;

/// <summary>An open file of named tensors.</summary>
/// <remarks>Everything but <see cref="IDisposable.Dispose"/> may be called from several threads at once.</remarks>
public interface ITensorFile : IDisposable
{
    /// <summary>The file's path, as it was given.</summary>
    string Path { get; }

    /// <summary>What kind of file it is, for people.</summary>
    string Format { get; }

    /// <summary>Free text stored with the tensors; empty where the format has none.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor, by name in ordinal order; names are unique.</summary>
    IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>What stands before the names of the base's tensors in the file, such as <c>module.</c>; empty where nothing does.</summary>
    string Prefix => "";

    /// <summary>What the file itself calls a tensor.</summary>
    /// <param name="name">A name of <see cref="Tensors"/>.</param>
    string NameInFile(string name) => name;

    /// <summary>Reads one tensor, converted to 32-bit floats, row by row (last index fastest).</summary>
    /// <param name="name">A name of <see cref="Tensors"/>.</param>
    /// <param name="destination">Receives the elements; exactly as long as the tensor has elements.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another length.</exception>
    /// <exception cref="DistributedFreeze.Errors.InvalidInputException">The file is damaged, or the type has no sensible float.</exception>
    void Read(string name, Span<float> destination);
}
