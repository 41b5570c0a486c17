using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Coordination.Tensors;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>The few names that a checkpoint may name, and what each makes. Pure and thread-safe.</summary>
/// <remarks>
/// The list is the part of torch/_weights_only_unpickler.py (<c>torch.load(weights_only=True)</c>) that files of weights use. Any other name
/// is refused by that name.
/// </remarks>
internal static class TorchGlobals
{
    private const int MostAxes = 16;

    private static readonly FrozenDictionary<string, string> Storages = new Dictionary<string, string>
    {
        ["FloatStorage"] = ElementType.F32,
        ["DoubleStorage"] = ElementType.F64,
        ["HalfStorage"] = ElementType.F16,
        ["BFloat16Storage"] = ElementType.BF16,
        ["LongStorage"] = ElementType.I64,
        ["IntStorage"] = ElementType.I32,
        ["ShortStorage"] = ElementType.I16,
        ["CharStorage"] = ElementType.I8,
        ["ByteStorage"] = ElementType.U8,
        ["BoolStorage"] = ElementType.Bool,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Types = FrozenSet.Create(
        StringComparer.Ordinal,
        "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "strided", "contiguous_format", "channels_last");

    /// <summary>Refuses a name that files of weights don't need.</summary>
    /// <exception cref="InvalidDataException">It is such a name.</exception>
    public static PickleGlobal Allowed(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => new(module, name),
        ("torch", "Size" or "device") => new(module, name),
        ("torch", _) when Storages.ContainsKey(name) || Types.Contains(name) => new(module, name),
        ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2" or "_rebuild_parameter") => new(module, name),
        _ => throw new InvalidDataException(
            $"it holds more than tensors: it names {Short(module)}.{Short(name)}, which Python would load and might run, and which is not read here"),
    };

    /// <summary>Makes what a name makes of its arguments.</summary>
    /// <exception cref="InvalidDataException">The arguments are not those that PyTorch writes.</exception>
    public static object? Make(PickleGlobal global, PickleTuple arguments) => (global.Name, arguments.Items) switch
    {
        ("OrderedDict", []) => new PickleMap(),
        ("Size", [PickleTuple sizes]) => sizes,
        ("device", _) => null,
        ("_rebuild_tensor" or "_rebuild_tensor_v2", [TorchStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]) =>
            TorchTensor.Checked(storage, offset, Numbers(shape), Numbers(strides)),
        ("_rebuild_parameter", [TorchTensor tensor, ..]) => tensor,
        _ => throw new InvalidDataException($"it is damaged: it makes {global} of something else than PyTorch does"),
    };

    /// <summary>Reads the tuple by which a tensor names its storage.</summary>
    /// <exception cref="InvalidDataException">It is not one that PyTorch writes.</exception>
    public static TorchStorage Storage(object? id)
    {
        // torch/serialization.py, persistent_id: ('storage', type, key, location, elements), before 1.6 with a view of another storage behind.
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long elements, .. var views] }
            || elements < 0 || views.Any(view => view is not null) || !Storages.TryGetValue(type.Name, out var element))
        {
            throw new InvalidDataException("it is damaged: a tensor of it names no storage");
        }

        return elements <= long.MaxValue / sizeof(long) ? new(key, element, elements) : throw new InvalidDataException("it is damaged: a storage is larger than any file");
    }

    /// <summary>Sizes or strides: few, however often one tuple is named.</summary>
    private static ImmutableArray<long> Numbers(PickleTuple tuple) => tuple.Items.Length > MostAxes
        ? throw new InvalidDataException("it is damaged: a tensor of it has more axes than any of a file of weights")
        : [.. tuple.Items.Select(item => item is long number ? number : throw new InvalidDataException("it is damaged: a size of a tensor is no number"))];

    private static string Short(string name)
    {
        const int Longest = 100;
        return name.Length <= Longest ? name : name[..Longest] + "...";
    }
}
