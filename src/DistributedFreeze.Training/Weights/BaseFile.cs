using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>Writes the base of any file of weights as a safetensors file with the project's names.</summary>
public static class BaseFile
{
    /// <summary>Copies a base; the file appears whole or not at all, and replaces one of that name.</summary>
    /// <param name="file">The file that holds it.</param>
    /// <param name="table">The network that the base is of.</param>
    /// <param name="path">The file to write; its folder exists.</param>
    /// <exception cref="InvalidInputException">The file does not hold that base, is damaged, or holds numbers that no training leaves.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(ITensorFile file, LayerTable table, string path)
    {
        var tensors = table.Layers.SelectMany(layer => layer.Tensors).ToList();
        WeightsCheck.Compare(tensors, file);
        var numbers = new WeightNumbers(file);
        using var writer = new SafetensorsWriter(path, tensors.Select(tensor => new TensorInfo(tensor.Name, ElementType.F32, tensor.Shape)));
        foreach (var tensor in tensors)
        {
            var values = file.Read(tensor.Name);
            numbers.Add(tensor, values);
            writer.Write(tensor.Name, values);
        }

        numbers.ThrowIfAny();
        writer.Commit();
    }
}
