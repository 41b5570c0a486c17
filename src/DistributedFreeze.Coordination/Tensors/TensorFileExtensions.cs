namespace DistributedFreeze.Coordination.Tensors;

/// <summary>Shorter ways to read a tensor file.</summary>
public static class TensorFileExtensions
{
    /// <summary>Looks a tensor up.</summary>
    /// <returns>It, or null where there is none of that name.</returns>
    public static TensorInfo? Find(this ITensorFile file, string name)
    {
        var (low, high) = (0, file.Tensors.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            switch (string.CompareOrdinal(file.Tensors[middle].Name, name))
            {
                case 0:
                    return file.Tensors[middle];
                case < 0:
                    low = middle + 1;
                    break;
                default:
                    high = middle - 1;
                    break;
            }
        }

        return null;
    }

    /// <summary>Reads one tensor into a new array.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">A name of its tensors.</param>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    /// <exception cref="DistributedFreeze.Errors.InvalidInputException">The file is damaged, or the type has no sensible float.</exception>
    public static float[] Read(this ITensorFile file, string name)
    {
        var info = file.Find(name) ?? throw new KeyNotFoundException($"{file.Path} has no tensor {name}.");
        var values = new float[info.Elements];
        file.Read(name, values);
        return values;
    }
}
