using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Errors;
using PureHDF;
using PureHDF.VOL.Native;

namespace DistributedFreeze.Training.Weights;

/// <summary>A Keras weight file in HDF5, under the project's names and with Torch's order of axes.</summary>
/// <remarks>
/// <para>
/// The layout is that of keras/src/legacy/saving/legacy_h5_format.py: a group per layer, in it the path of the weight's name,
/// <c>conv1_conv/conv1_conv/kernel:0</c>, all under <c>model_weights</c> where the file holds a whole model. The layer is the group next
/// to the dataset. The classifier is called <c>predictions</c> here whatever the file calls it (<c>fc1000</c>, <c>probs</c>).
/// Kernels of convolutions turn from (height, width, in, out) to (out, in, height, width), dense ones from (in, out) to (out, in).
/// </para>
/// <para>
/// Files of Keras 3 (<c>.weights.h5</c>) hold <c>layers/conv2d_1/vars/0</c> instead; see <see cref="Keras3Layers"/>. What they hold besides
/// layers, such as the optimizer's state, is passed over.
/// </para>
/// <para>Threads may share it; reads wait for one another.</para>
/// </remarks>
public sealed class KerasH5File : ITensorFile
{
    private const int MaxDepth = 8;
    private const int MaxObjects = 100_000;
    private const string Predictions = "predictions";
    private readonly NativeFile _file;
    private readonly string _field;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TensorInfo Info, NativeDataset Dataset, string NameInFile)> _byName = new(StringComparer.Ordinal);
    private readonly List<(Keras3Layer Layer, NativeDataset[] Variables)> _keras3 = [];

    private KerasH5File(string path, string field, NativeFile file)
    {
        (Path, _field, _file) = (path, field, file);
        var objects = 0;
        Collect(file.LinkExists("model_weights") ? file.Group("model_weights") : file, "", depth: 0, ref objects);
        AddKeras3();
        if (_byName.Count == 0)
        {
            throw new InvalidDataException("it holds no weights in Keras's layout");
        }

        Tensors = _byName.Values.Select(tensor => tensor.Info).OrderBy(info => info.Name, StringComparer.Ordinal).ToImmutableArray();
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <summary>Empty: Keras stores nothing but names there.</summary>
    public IReadOnlyDictionary<string, string> Metadata => FrozenDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens a file and lists its tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, cut short, damaged, no HDF5 file or none of Keras's.</exception>
    public static KerasH5File Open(string path, string field = WeightsFile.Field)
    {
        NativeFile? file = null;
        try
        {
            CheckStructure(path);
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            file = H5File.Open(new WatchedStream(stream), leaveOpen: false);
            return new(path, field, file);
        }
        catch (Exception e) when (e is not InvalidInputException)
        {
            file?.Dispose();
            throw Unreadable(path, field, e);
        }
    }

    /// <inheritdoc/>
    public string NameInFile(string name) => _byName[name].NameInFile;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        var (info, dataset, _) = _byName.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"{Path} has no tensor {name}.");
        if (info.Elements != destination.Length)
        {
            throw new ArgumentException($"{name} has {info.Elements} elements, not {destination.Length}.", nameof(destination));
        }

        var buffer = ArrayPool<float>.Shared.Rent(destination.Length);
        try
        {
            var values = buffer.AsSpan(0, destination.Length);
            lock (_lock)
            {
                if (info.Type != ElementType.F32)
                {
                    throw new InvalidDataException($"{name} has type {info.Type}; 32-bit floats would be right");
                }

                dataset.Read(values);
            }

            Kernel.ToTorch(values, dataset.Space.Dimensions, destination);
        }
        catch (Exception e)
        {
            throw Unreadable(Path, _field, e);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Checks what the library does not: the end of the file that the superblock tells, and checksums where there are some.</summary>
    /// <remarks>Source: HDF5 File Format Specification 3.0, section II.A.</remarks>
    private static void CheckStructure(string path)
    {
        Span<byte> superblock = stackalloc byte[48];
        using var file = File.OpenHandle(path);
        if (RandomAccess.Read(file, superblock, 0) < superblock.Length)
        {
            throw new InvalidDataException("it is cut short");
        }

        // Version, size of offsets, base address, end of file; other versions and sizes are left to the library.
        var (size, start, end) = superblock[8] switch
        {
            0 => (superblock[13], 24, 40),
            2 or 3 => (superblock[9], 12, 28),
            _ => (0, 0, 0),
        };
        var length = RandomAccess.GetLength(file);
        if (size == 8
            && (UInt128)BinaryPrimitives.ReadUInt64LittleEndian(superblock[start..]) + BinaryPrimitives.ReadUInt64LittleEndian(superblock[end..])
                > (UInt128)length)
        {
            throw new InvalidDataException($"it is cut short at {length} bytes");
        }

        // Keras itself writes version 0, whose headers have no checksums.
        if (superblock[8] >= 2 && length <= Array.MaxLength)
        {
            Hdf5HeaderChecksums.Check(File.ReadAllBytes(path));
        }
    }

    // A hard link may lead back to a group's parent in a damaged file, hence both bounds.
    private void Collect(IH5Group group, string path, int depth, ref int objects)
    {
        foreach (var child in group.Children())
        {
            if (depth > MaxDepth || ++objects > MaxObjects)
            {
                throw new InvalidDataException("its groups lie too deep or are too many for a weight file");
            }

            switch (child)
            {
                case NativeDataset dataset when depth > 0:
                    Add(LayerName(group.Name), dataset, $"{path}{dataset.Name}");
                    break;
                case IH5Group { Name: "vars" } variables when depth > 0:
                    CollectKeras3(variables, path.TrimEnd('/'), ref objects);
                    break;
                case IH5Group inner:
                    Collect(inner, $"{path}{inner.Name}/", depth + 1, ref objects);
                    break;
                default:
                    break;
            }
        }
    }

    private void CollectKeras3(IH5Group variables, string path, ref int objects)
    {
        var datasets = variables.Children().OfType<NativeDataset>().OrderBy(dataset => dataset.Name.Length).ThenBy(dataset => dataset.Name, StringComparer.Ordinal).ToArray();
        objects += datasets.Length;
        var parts = path.Replace('\\', '/').Split('/'); // Keras 2.12 on Windows
        if (datasets.Length > 0 && parts.Length > 1 && parts[^2] is "layers" or "_layer_checkpoint_dependencies")
        {
            var name = variables.AttributeExists("name") ? variables.Attribute("name").Read<string>() : null;
            _keras3.Add((new(string.Join('/', parts[..^1]), parts[^1], name), datasets));
        }
    }

    private void AddKeras3()
    {
        var names = Keras3Layers.Names([.. _keras3.Select(saved => saved.Layer)]);
        foreach (var (layer, variables) in _keras3)
        {
            for (var i = 0; i < variables.Length; i++)
            {
                AddTensor($"{names[layer]}.{Keras3Layers.Tensor(i, variables.Length)}", variables[i], $"{layer.Container}/{layer.Key}/vars/{variables[i].Name}");
            }
        }
    }

    private void Add(string layer, NativeDataset dataset, string nameInFile)
    {
        // Keras 2 ends names with ":0", the number of a TensorFlow output; Keras 3 does not.
        var leaf = dataset.Name.EndsWith(":0", StringComparison.Ordinal) ? dataset.Name[..^2] : dataset.Name;
        var name = $"{layer}." + leaf switch
        {
            "kernel" or "gamma" => "weight",
            "bias" or "beta" => "bias",
            "moving_mean" => "running_mean",
            "moving_variance" => "running_var",
            _ => leaf,
        };
        AddTensor(name, dataset, nameInFile);
    }

    private void AddTensor(string name, NativeDataset dataset, string nameInFile)
    {
        var shape = Kernel.TorchShape(dataset.Space.Dimensions);
        if (!_byName.TryAdd(name, (new(name, TypeOf(dataset), shape), dataset, nameInFile)))
        {
            throw new InvalidDataException($"it holds {name} twice, as {_byName[name].NameInFile} and as {nameInFile}");
        }
    }

    private static string LayerName(string group) => group is "fc1000" or "probs" ? Predictions : group;

    private static string TypeOf(NativeDataset dataset) => (dataset.Type.Class, dataset.Type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 2) => ElementType.F16,
        (H5DataTypeClass.FloatingPoint, 4) => ElementType.F32,
        (H5DataTypeClass.FloatingPoint, 8) => ElementType.F64,
        (H5DataTypeClass.FixedPoint, 8) => ElementType.I64,
        var (kind, _) => kind.ToString(),
    };

    // The HDF5 library is not ours and answers a damaged file with whatever exception it meets: each of them means just that.
    private static InvalidInputException Unreadable(string path, string field, Exception e) =>
        new(field, $"{path} cannot be read as a Keras weight file (.h5): {e.Message.TrimEnd('.')}");
}
