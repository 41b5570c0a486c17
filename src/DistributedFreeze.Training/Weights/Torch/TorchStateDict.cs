using System.Globalization;

namespace DistributedFreeze.Training.Weights.Torch;

/// <summary>Finds the tensors of a checkpoint's state dicts. Pure and thread-safe.</summary>
internal static class TorchStateDict
{
    private const int MaxDepth = 8;
    private const int MostTensors = 100_000;
    private const int LongestName = 1024; // a long word before many tensors would be written out for each

    /// <summary>Lists tensors under the path of the words that lead to them: <c>state_dict.layer1.0.conv1.weight</c>.</summary>
    /// <remarks>A state dict has words for keys. What is kept by number, as an optimizer's state is, belongs to no module and is left out.</remarks>
    /// <param name="root">What a checkpoint holds.</param>
    /// <exception cref="InvalidDataException">There is no tensor, or they are too many, too deep, or two of one name.</exception>
    public static Dictionary<string, TorchTensor> Tensors(object? root)
    {
        var tensors = new Dictionary<string, TorchTensor>(StringComparer.Ordinal);
        if (root is PickleMap map)
        {
            Collect(map, "", tensors, new(ReferenceEqualityComparer.Instance), depth: 0);
        }

        return tensors.Count > 0
            ? tensors
            : throw new InvalidDataException("it holds no state dict: a dictionary of tensors, by itself or within another, would be right");
    }

    private static void Collect(PickleMap map, string path, Dictionary<string, TorchTensor> tensors, HashSet<object> visited, int depth)
    {
        if (!visited.Add(map))
        {
            return; // the same one under another name, or within itself
        }

        foreach (var (key, value) in map.Entries)
        {
            if (key is not string name)
            {
                continue;
            }

            if (path.Length + name.Length > LongestName)
            {
                throw new InvalidDataException("a name in it is longer than that of any module");
            }

            switch (value)
            {
                case TorchTensor tensor when tensors.Count < MostTensors:
                    if (!tensors.TryAdd(path + name, tensor))
                    {
                        throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it holds {path}{name} twice"));
                    }

                    break;
                case PickleMap inner when depth < MaxDepth:
                    Collect(inner, $"{path}{name}.", tensors, visited, depth + 1);
                    break;
                case TorchTensor or PickleMap:
                    throw new InvalidDataException("its dictionaries lie too deep, or its tensors are too many, for a file of weights");
            }
        }
    }
}
