using System.Runtime.InteropServices;

namespace DistributedFreeze.Coordination.Tensors;

/// <summary>The <see cref="TensorHash"/> of a file's tensors.</summary>
public static class ModelHash
{
    /// <summary>Hashes the tensors of a file, read as 32-bit floats.</summary>
    /// <param name="file">The file.</param>
    /// <param name="includes">Chooses the tensors by name; null takes all.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    /// <exception cref="DistributedFreeze.Errors.InvalidInputException">The file is damaged.</exception>
    public static string Of(ITensorFile file, Func<string, bool>? includes = null)
    {
        using var hash = new TensorHash();
        foreach (var info in file.Tensors.Where(info => includes?.Invoke(info.Name) ?? true))
        {
            hash.Add(info.Name, ImmutableCollectionsMarshal.AsArray(info.Shape), file.Read(info.Name));
        }

        return hash.Finish();
    }
}
