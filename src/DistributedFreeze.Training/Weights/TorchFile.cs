using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Training.Weights.Stored;
using DistributedFreeze.Training.Weights.Torch;
using Microsoft.Win32.SafeHandles;

namespace DistributedFreeze.Training.Weights;

/// <summary>A checkpoint of PyTorch (.pth, .pt, .bin, .ckpt, .pth.tar), its names untouched.</summary>
/// <remarks>
/// State dicts are found wherever dictionaries with words for keys lead to them, and their tensors are named by all these words:
/// <c>state_dict.module.layer1.0.conv1.weight</c>. Nothing of the file is run; see <see cref="PickleReader"/>. Opening reads the pickle; the
/// numbers are read when they are asked for, at a position, so threads may share it.
/// </remarks>
internal sealed class TorchFile : ITensorFile
{
    private readonly SafeFileHandle _file;
    private readonly string _field;
    private readonly Dictionary<string, (TorchTensor Tensor, ZipRecord Storage)> _byName = new(StringComparer.Ordinal);

    private TorchFile(string path, string field, SafeFileHandle file)
    {
        (Path, _field, _file) = (path, field, file);
        var (root, storages) = TorchRecords.Of(file);
        foreach (var (name, tensor) in TorchStateDict.Tensors(root))
        {
            _byName.Add(name, storages.TryGetValue(tensor.Storage.Key, out var record) && record.Length >= tensor.Storage.Bytes
                ? (tensor, record)
                : throw new InvalidDataException($"it is cut short or damaged: the numbers of {name} are not there"));
        }

        Tensors = _byName.Select(pair => new TensorInfo(pair.Key, pair.Value.Tensor.Storage.Type, pair.Value.Tensor.Shape))
            .OrderBy(info => info.Name, StringComparer.Ordinal).ToImmutableArray();
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public string Format => "checkpoint of PyTorch";

    /// <summary>Empty: a checkpoint has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => FrozenDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens a checkpoint and lists its tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, cut short, damaged, no checkpoint, or holds more than tensors.</exception>
    public static TorchFile Open(string path, string field = WeightsFile.Field)
    {
        SafeFileHandle? file = null;
        try
        {
            file = RootedFiles.OpenRead(path);
            return new(path, field, file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new InvalidInputException(
                field, $"{path} cannot be read as a checkpoint of PyTorch: {e.Message.TrimEnd('.')}; {WeightFormats.SaveAsSafetensors(path)}");
        }
    }

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        var (tensor, storage) = _byName.TryGetValue(name, out var found) ? found : throw new KeyNotFoundException($"{Path} has no tensor {name}.");
        if (tensor.Elements != destination.Length)
        {
            throw new ArgumentException($"{name} has {tensor.Elements} elements, not {destination.Length}.", nameof(destination));
        }

        try
        {
            if (tensor.IsContiguous)
            {
                ReadStored(name, tensor, storage, destination);
            }
            else
            {
                // A tensor in another order of axes, such as channels_last: few files have one.
                var span = new float[tensor.Span <= Array.MaxLength ? tensor.Span : throw new InvalidDataException($"{name} is spread too far over its storage")];
                ReadStored(name, tensor, storage, span);
                tensor.Gather(span, destination);
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InvalidInputException(_field, $"{Path} cannot be read as a checkpoint of PyTorch: {e.Message.TrimEnd('.')}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void ReadStored(string name, TorchTensor tensor, ZipRecord storage, Span<float> destination)
    {
        var type = tensor.Storage.Type;
        if (!StoredNumbers.TryRead(_file, storage.Offset + (tensor.Offset * ElementType.SizeOf(type)), type, destination))
        {
            throw new InvalidDataException($"{name} has type {type}; F32, F16, BF16, F64 or I64 would be right");
        }
    }
}
