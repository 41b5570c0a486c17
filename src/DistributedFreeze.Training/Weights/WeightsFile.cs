using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;

namespace DistributedFreeze.Training.Weights;

/// <summary>Opens a file of weights under the project's names, whatever its format.</summary>
public static class WeightsFile
{
    /// <summary>The field of a run specification that names the file.</summary>
    public const string Field = "model.weights";

    // HDF5 File Format Specification 3.0, section II.A: the format signature.
    private static ReadOnlySpan<byte> Hdf5Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>Opens a file by its extension and its first bytes, which must agree.</summary>
    /// <param name="path">A <c>.h5</c>, <c>.hdf5</c>, <c>.keras</c>, <c>.safetensors</c> file, or a checkpoint of PyTorch: <c>.pth</c>, <c>.pt</c>, <c>.bin</c>, <c>.ckpt</c>, <c>.tar</c>.</param>
    /// <returns>The file; its tensors are named as <see cref="Freezing.Layers.TensorSpec"/> says, and those it does not know as the file says.</returns>
    /// <exception cref="InvalidInputException">The file is missing, a folder, unreadable, cut short, damaged or of another kind.</exception>
    public static ITensorFile Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw Invalid($"{path} is a folder; {WeightFormats.Right}");
        }

        if (!File.Exists(path))
        {
            throw Invalid($"{path} does not exist; {WeightFormats.Right}");
        }

        var content = Recognise(path);
        return (Path.GetExtension(path).ToLowerInvariant(), content) switch
        {
            _ when WeightFormats.IsTorch(path) && content is not Content.Hdf5 => TranslatedFile.Of(TorchFile.Open(path, Field), Field),
            (".h5" or ".hdf5", Content.Hdf5) => KerasH5File.Open(path, Field),
            (".keras", Content.Zip) => KerasH5File.OpenArchive(path, Field),
            (".safetensors", Content.Other) => TranslatedFile.Of(SafetensorsFile.Open(path, Field), Field),
            (".h5" or ".hdf5", Content.Zip) or (".safetensors", Content.Zip) => throw Invalid(
                $"{path} is a zip archive under another name: Keras's would have to end in .keras, PyTorch's in .pth"),
            (".keras", not Content.Hdf5) => throw Invalid($"{path} is {(content is Content.Empty ? "empty" : "damaged or no archive of Keras 3: it is no zip file")}; {WeightFormats.SaveKerasWeights(path)}"),
            (".h5" or ".hdf5", Content.Empty) or (".safetensors", Content.Empty) => throw Invalid($"{path} is empty; {WeightFormats.Right}"),
            (".h5" or ".hdf5", _) => throw Invalid($"{path} is damaged or no HDF5 file: it does not begin with HDF5's signature"),
            (_, Content.Hdf5) => throw Invalid($"{path} is an HDF5 file; its name would have to end in .h5"),
            _ => throw Invalid($"{path} {WeightFormats.Advice(path)}"),
        };
    }

    private enum Content
    {
        Other,
        Empty,
        Hdf5,
        Zip,
    }

    private static Content Recognise(string path)
    {
        Span<byte> first = stackalloc byte[8];
        try
        {
            using var file = RootedFiles.OpenRead(path);
            first = first[..RandomAccess.Read(file, first, 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{path} cannot be opened: {e.Message.TrimEnd('.')}");
        }

        return first switch
        {
            { IsEmpty: true } => Content.Empty,
            _ when first.SequenceEqual(Hdf5Signature) => Content.Hdf5,
            _ when first.StartsWith("PK\u0003\u0004"u8) => Content.Zip,
            _ => Content.Other,
        };
    }

    private static InvalidInputException Invalid(string message) => new(Field, message);
}
