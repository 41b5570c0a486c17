namespace DistributedFreeze.Freezing.Validation;

/// <summary>Which files of weights are read, by the ends of their names, and what to do with others. Pure and thread-safe.</summary>
public static class WeightFormats
{
    /// <summary>What would be right, for an error.</summary>
    public const string Right = "a Keras weight file (.h5, .hdf5) or a .safetensors file with Keras's, torchvision's, timm's, Hugging Face's or our own names would be right";

    private static readonly string[] Read = [".h5", ".hdf5", ".safetensors"];

    /// <summary>Whether files of this name are read.</summary>
    /// <param name="path">The file's path; nothing is looked up.</param>
    public static bool IsRead(string path) => Read.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>What a file is whose name ends in another way, and what makes a file of it that is read.</summary>
    /// <param name="path">The file's path; nothing is looked up.</param>
    /// <returns>The rest of a sentence that begins with the path.</returns>
    public static string Advice(string path)
    {
        var name = Path.GetFileName(path);
        var stem = Path.GetFileNameWithoutExtension(name);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".pt" or ".pth" or ".bin" or ".pkl" or ".pickle" or ".tar" =>
                $"is a PyTorch checkpoint, which cannot be read; save it as .safetensors: {Torch(name, stem)}",
            ".ckpt" =>
                $"is a checkpoint of PyTorch or TensorFlow, which cannot be read; from PyTorch save it as .safetensors: {Torch(name, stem)}; "
                + $"from TensorFlow load it in Keras and call save_weights('{stem}.weights.h5')",
            ".keras" =>
                $"is a Keras 3 archive, which cannot be read; save its weights: keras.models.load_model('{name}').save_weights('{stem}.weights.h5')",
            ".pb" or ".index" or ".tflite" =>
                $"is a TensorFlow model, which cannot be read; load it in Keras and call save_weights('{stem}.weights.h5')",
            ".onnx" =>
                "is an ONNX model, whose batch norms may be folded into its convolutions, so that it cannot be trained on; take the .h5 or .safetensors file that it was made from",
            ".npz" =>
                $"is a NumPy archive, which cannot be read; save it as .safetensors: safetensors.numpy.save_file(dict(numpy.load('{name}')), '{stem}.safetensors')",
            ".msgpack" =>
                "is a Flax checkpoint, which cannot be read; take the repository's model.safetensors, or save it as .safetensors from PyTorch",
            ".zip" or ".gz" or ".xz" or ".zst" or ".7z" => $"is packed; unpack it: {Right}",
            "" => $"has no extension; {Right}",
            var other => $"has the unknown extension '{other}'; {Right}",
        };
    }

    private static string Torch(string name, string stem) =>
        $"safetensors.torch.save_file(torch.load('{name}', map_location='cpu'), '{stem}.safetensors'), with its state_dict where the file holds more than that";
}
