using System.Text.Json;
using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Training.Export;

/// <summary>Writes a trained network, base and head, as one safetensors file with the project's names.</summary>
public static class SafetensorsModel
{
    /// <summary>Writes the file; it is replaced whole or not at all. It can be a base of runs again, whose head then begins anew.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <returns>Length of the file in bytes.</returns>
    /// <exception cref="InvalidInputException">A file of weights is damaged.</exception>
    /// <exception cref="IOException">The disk is full or fails, or there is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static long Write(string path, TrainedNetwork network)
    {
        var tensors = network.Table.Layers.SelectMany(layer => layer.Tensors).Concat(network.Head.Tensors).ToList();
        var metadata = new Dictionary<string, string>
        {
            ["classes"] = JsonSerializer.Serialize(network.Receipt.Classes),
            ["graph"] = RunEnums.NameOf(network.Spec.Model.Graph),
            ["preprocessing"] = RunEnums.NameOf(network.Preprocessing),
            ["run"] = network.Receipt.RunId,
            ["modelSha256"] = network.Receipt.ModelSha256,
            ["baseSha256"] = network.Receipt.BaseSha256,
        };
        if (network.Table.Architecture.Architecture != default)
        {
            metadata.Add("architecture", RunEnums.NameOf(network.Table.Architecture.Architecture)); // without, it is a ResNet50, as all once were
        }

        if (network.Table != network.Table.Whole)
        {
            metadata.Add(OnnxModel.HeadInputsKey, JsonSerializer.Serialize(network.Table.HeadInputs.Select(layer => layer.Name)));
        }

        using (var writer = new SafetensorsWriter(path, tensors.Select(tensor => new TensorInfo(tensor.Name, ElementType.F32, tensor.Shape)), metadata))
        {
            foreach (var tensor in tensors)
            {
                var values = new float[tensor.Elements];
                network.Read(tensor, values);
                writer.Write(tensor.Name, values);
            }

            writer.Commit();
        }

        return new FileInfo(path).Length;
    }
}
