namespace DistributedFreeze.Freezing.Validation;

/// <summary>Which files of weights are read, by the ends of their names, and what to do with others. Pure and thread-safe.</summary>
public static class WeightFormats
{
    /// <summary>What would be right, for an error.</summary>
    public const string Right =
        "a file of Keras (.h5, .hdf5, .keras), a .safetensors file or a checkpoint of PyTorch (.pth, .pt, .bin, .ckpt, .tar) with Keras's, torchvision's, timm's, Hugging Face's or our own names would be right";

    private static readonly string[] Torch = [".pth", ".pt", ".bin", ".ckpt", ".tar"];
    private static readonly string[] Read = [".h5", ".hdf5", ".keras", ".safetensors", .. Torch];

    /// <summary>Whether files of this name are read as checkpoints of PyTorch, <c>.pth.tar</c> among them.</summary>
    /// <param name="path">The file's path; nothing is looked up.</param>
    public static bool IsTorch(string path) => Torch.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>What makes a file that is read of a checkpoint that is not, or of one of TensorFlow under the same name.</summary>
    /// <param name="path">The checkpoint's path; nothing is looked up.</param>
    /// <returns>The rest of a sentence.</returns>
    public static string SaveAsSafetensors(string path)
    {
        var name = Path.GetFileName(path);
        var stem = Path.GetFileNameWithoutExtension(name);
        var torch = $"save it as .safetensors: safetensors.torch.save_file(torch.load('{name}', map_location='cpu'), '{stem}.safetensors'), with its state_dict where the file holds more than that";
        return Path.GetExtension(path).Equals(".ckpt", StringComparison.OrdinalIgnoreCase)
            ? $"from PyTorch {torch}; from TensorFlow load it in Keras and call save_weights('{stem}.weights.h5')"
            : torch;
    }

    /// <summary>Whether files of this name are read.</summary>
    /// <param name="path">The file's path; nothing is looked up.</param>
    public static bool IsRead(string path) => Read.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>What makes a file that is read of an archive of Keras 3 that is not.</summary>
    /// <param name="path">The archive's path; nothing is looked up.</param>
    /// <returns>The rest of a sentence.</returns>
    public static string SaveKerasWeights(string path) =>
        $"save its weights: keras.models.load_model('{Path.GetFileName(path)}').save_weights('{Path.GetFileNameWithoutExtension(path)}.weights.h5')";

    /// <summary>What a file is whose name ends in another way, and what makes a file of it that is read.</summary>
    /// <param name="path">The file's path; nothing is looked up.</param>
    /// <returns>The rest of a sentence that begins with the path.</returns>
    public static string Advice(string path)
    {
        var name = Path.GetFileName(path);
        var stem = Path.GetFileNameWithoutExtension(name);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".pkl" or ".pickle" => $"is a pickle, which is read only from .pth; {SaveAsSafetensors(path)}",
            ".pb" or ".index" or ".tflite" =>
                $"is a TensorFlow model, which cannot be read; load it in Keras and call save_weights('{stem}.weights.h5')",
            ".onnx" =>
                "is an ONNX model, whose batch norms may be folded into its convolutions, so that its layers cannot be trained; `model.base` takes it as a frozen base, of which the head alone trains, or take the .h5 or .safetensors file that it was made from",
            ".npz" =>
                $"is a NumPy archive, which cannot be read; save it as .safetensors: safetensors.numpy.save_file(dict(numpy.load('{name}')), '{stem}.safetensors')",
            ".msgpack" =>
                "is a Flax checkpoint, which cannot be read; take the repository's model.safetensors, or save it as .safetensors from PyTorch",
            ".zip" or ".gz" or ".xz" or ".zst" or ".7z" => $"is packed; unpack it: {Right}",
            "" => $"has no extension; {Right}",
            var other => $"has the unknown extension '{other}'; {Right}",
        };
    }
}
