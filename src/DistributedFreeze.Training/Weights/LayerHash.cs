using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights;

/// <summary>The <see cref="TensorHash"/> of one layer's tensors.</summary>
internal static class LayerHash
{
    /// <summary>Hashes the tensors of one layer of a file: those whose name is the layer's, a dot and something.</summary>
    /// <param name="file">The file.</param>
    /// <param name="layer">The layer's name, such as <c>conv1_bn</c>.</param>
    /// <returns>64 lower-case hexadecimal digits; the digest of nothing where the file has no such layer.</returns>
    /// <exception cref="DistributedFreeze.Errors.InvalidInputException">The file is damaged.</exception>
    public static string Of(ITensorFile file, string layer) =>
        ModelHash.Of(file, name => name.StartsWith(layer, StringComparison.Ordinal) && name.AsSpan(layer.Length).StartsWith("."));
}
