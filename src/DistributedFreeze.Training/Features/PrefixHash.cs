using System.Security.Cryptography;
using System.Text;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Features;

/// <summary>Identifies the weights of a prefix.</summary>
internal static class PrefixHash
{
    /// <summary>SHA-256 over the layers up to a boundary: name, space, the layer's own hash, line feed.</summary>
    /// <param name="table">The layer table.</param>
    /// <param name="boundary">Index of the boundary.</param>
    /// <param name="layerHash">SHA-256 of a layer's tensors as they are now.</param>
    public static string Of(LayerTable table, int boundary, Func<Layer, string> layerHash)
    {
        var text = new StringBuilder();
        foreach (var layer in table.Layers.Where(layer => layer.Index <= boundary && layer.HasParameters))
        {
            text.Append(layer.Name).Append(' ').Append(layerHash(layer)).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
