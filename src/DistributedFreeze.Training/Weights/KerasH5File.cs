using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Validation;
using DistributedFreeze.Training.Weights.Hdf5;

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
/// <para>Threads may share it.</para>
/// </remarks>
internal sealed class KerasH5File : ITensorFile
{
    private const int MaxDepth = 8;
    private const int MaxObjects = 100_000;
    private const string Predictions = "predictions";
    private readonly Hdf5File _file;
    private readonly string _field;
    private readonly Dictionary<string, (TensorInfo Info, Hdf5Dataset Dataset, string NameInFile)> _byName = new(StringComparer.Ordinal);
    private readonly List<(Keras3Layer Layer, List<(string Name, Hdf5Dataset Dataset)> Variables)> _keras3 = [];
    private readonly HashSet<ulong> _groups = [];
    private int _objects;

    private KerasH5File(string path, string field, Hdf5File file)
    {
        (Path, _field, _file) = (path, field, file);
        var reader = file.NewReader();
        var root = Children(reader, Hdf5ObjectHeader.Read(reader, Hdf5Superblock.RootOf(reader)), "")
            ?? throw new InvalidDataException("it is damaged: its root is no group");
        var model = root.FirstOrDefault(child => child.Name == "model_weights");
        var wholeModel = model.Name is null ? null : Children(reader, Hdf5ObjectHeader.Read(reader, model.Address), model.Name);
        Collect(reader, "", "", wholeModel ?? root, depth: 0);
        AddKeras3();
        if (_byName.Count == 0)
        {
            throw new InvalidDataException("it holds no weights in Keras's layout");
        }

        Tensors = _byName.Values.Select(tensor => tensor.Info).OrderBy(info => info.Name, StringComparer.Ordinal).ToImmutableArray();
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public string Format => _file.IsRecord ? "archive of Keras 3" : "weights of Keras in HDF5";

    /// <summary>Empty: Keras stores nothing but names there.</summary>
    public IReadOnlyDictionary<string, string> Metadata => FrozenDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens a file and lists its tensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, cut short, damaged, no HDF5 file or none of Keras's.</exception>
    public static KerasH5File Open(string path, string field = WeightsFile.Field) => Open(path, field, Hdf5File.Open);

    /// <summary>Opens the weights within an archive of Keras 3 (<c>.keras</c>), whose architecture is not looked at.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="field">What errors name as the field at fault.</param>
    /// <exception cref="InvalidInputException">The file is missing, unreadable, cut short, damaged or no archive of Keras's.</exception>
    public static KerasH5File OpenArchive(string path, string field = WeightsFile.Field) =>
        Open(path, field, archive => Hdf5File.OpenRecord(archive, "model.weights.h5"), WeightFormats.SaveKerasWeights(path)); // keras/src/saving/saving_lib.py, _VARS_FNAME

    private static KerasH5File Open(string path, string field, Func<string, Hdf5File> open, string? advice = null)
    {
        Hdf5File? file = null;
        try
        {
            file = open(path);
            return new(path, field, file);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw Unreadable(path, field, e, advice);
        }
    }

    /// <inheritdoc/>
    public string NameInFile(string name) => _byName[name].NameInFile;

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        var (info, dataset, nameInFile) = _byName.TryGetValue(name, out var tensor) ? tensor : throw new KeyNotFoundException($"{Path} has no tensor {name}.");
        if (info.Elements != destination.Length)
        {
            throw new ArgumentException($"{name} has {info.Elements} elements, not {destination.Length}.", nameof(destination));
        }

        var buffer = ArrayPool<float>.Shared.Rent(destination.Length);
        try
        {
            var values = buffer.AsSpan(0, destination.Length);
            dataset.Read(_file.NewReader(), values);
            Kernel.ToTorch(values, dataset.Space.Dimensions.AsSpan(), destination);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw Unreadable(Path, _field, new InvalidDataException($"{nameInFile}: {e.Message}", e));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <returns>What a group holds, in ordinal order; null where the object is no group.</returns>
    private static List<(string Name, ulong Address)>? Children(Hdf5Reader reader, Hdf5ObjectHeader header, string path)
    {
        try
        {
            return Hdf5Links.Of(reader, header)?.OrderBy(child => child.Name, StringComparer.Ordinal).ToList();
        }
        catch (InvalidDataException e) when (path.Length > 0)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static Hdf5Dataset? Dataset(Hdf5Reader reader, Hdf5ObjectHeader header, string path)
    {
        try
        {
            return Hdf5Dataset.Of(reader, header);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private void Collect(Hdf5Reader reader, string group, string path, List<(string Name, ulong Address)> children, int depth)
    {
        foreach (var (name, address) in children)
        {
            var inFile = path + name;
            var header = Header(reader, address, depth);
            if (Children(reader, header, inFile) is { } inner)
            {
                // A second way to a group could be one round in a circle.
                if (!_groups.Add(address))
                {
                    throw new InvalidDataException($"{inFile} is a group that it holds elsewhere too, as no weight file does");
                }

                if (name == "vars" && depth > 0)
                {
                    CollectKeras3(reader, header, inFile, inner, depth);
                }
                else
                {
                    Collect(reader, name, inFile + "/", inner, depth + 1);
                }
            }
            else if (depth > 0 && Dataset(reader, header, inFile) is { } dataset)
            {
                Add(LayerName(group), name, dataset, inFile);
            }
        }
    }

    private void CollectKeras3(Hdf5Reader reader, Hdf5ObjectHeader variables, string path, List<(string Name, ulong Address)> children, int depth)
    {
        var datasets = new List<(string Name, Hdf5Dataset Dataset)>();
        foreach (var (name, address) in children.OrderBy(child => child.Name.Length))
        {
            if (Dataset(reader, Header(reader, address, depth), $"{path}/{name}") is { } dataset)
            {
                datasets.Add((name, dataset));
            }
        }

        var parts = path.Replace('\\', '/').Split('/')[..^1]; // Keras 2.12 on Windows
        if (datasets.Count > 0 && parts.Length > 1 && parts[^2] is "layers" or "_layer_checkpoint_dependencies")
        {
            _keras3.Add((new(string.Join('/', parts[..^1]), parts[^1], Hdf5Attributes.Text(reader, variables, "name")), datasets));
        }
    }

    private Hdf5ObjectHeader Header(Hdf5Reader reader, ulong address, int depth) => depth > MaxDepth || ++_objects > MaxObjects
        ? throw new InvalidDataException("its groups lie too deep or are too many for a weight file")
        : Hdf5ObjectHeader.Read(reader, address);

    private void AddKeras3()
    {
        var names = Keras3Layers.Names([.. _keras3.Select(saved => saved.Layer)]);
        foreach (var (layer, variables) in _keras3)
        {
            foreach (var (i, (name, dataset)) in variables.Index())
            {
                AddTensor($"{names[layer]}.{Keras3Layers.Tensor(i, variables.Count)}", dataset, $"{layer.Container}/{layer.Key}/vars/{name}");
            }
        }
    }

    private void Add(string layer, string dataset, Hdf5Dataset numbers, string nameInFile)
    {
        // Keras 2 ends names with ":0", the number of a TensorFlow output; Keras 3 does not.
        var leaf = dataset.EndsWith(":0", StringComparison.Ordinal) ? dataset[..^2] : dataset;
        var name = $"{layer}." + leaf switch
        {
            "kernel" or "gamma" => "weight",
            "bias" or "beta" => "bias",
            "moving_mean" => "running_mean",
            "moving_variance" => "running_var",
            _ => leaf,
        };
        AddTensor(name, numbers, nameInFile);
    }

    private void AddTensor(string name, Hdf5Dataset dataset, string nameInFile)
    {
        var shape = Kernel.TorchShape(dataset.Space.Dimensions);
        if (!_byName.TryAdd(name, (new(name, dataset.Type.Name, shape), dataset, nameInFile)))
        {
            throw new InvalidDataException($"it holds {name} twice, as {_byName[name].NameInFile} and as {nameInFile}");
        }
    }

    private static string LayerName(string group) => group is "fc1000" or "probs" ? Predictions : group;

    private static InvalidInputException Unreadable(string path, string field, Exception e, string? advice = null) =>
        new(field, $"{path} cannot be read as a file of Keras's weights: {e.Message.TrimEnd('.')}{(advice is null ? "" : "; " + advice)}");
}
