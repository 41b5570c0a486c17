using DistributedFreeze.Coordination.Tensors;
using DistributedFreeze.Errors;
using DistributedFreeze.Freezing.Layers;

namespace DistributedFreeze.Training.Weights;

/// <summary>Whether the tensors that a run has trained are those of its network. Pure but for what it throws.</summary>
internal static class TrainedTensors
{
    /// <summary>Refuses trained tensors that are none of a network's, and those without its head.</summary>
    /// <param name="trained">The tensors.</param>
    /// <param name="table">The layers of the base.</param>
    /// <param name="head">The layers on top.</param>
    /// <exception cref="InvalidInputException">They don't fit.</exception>
    public static void Require(ITensorFile trained, LayerTable table, HeadLayers head)
    {
        var known = table.Layers.SelectMany(layer => layer.Tensors).Concat(head.Tensors).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var names = trained.Tensors.Select(info => info.Name).ToHashSet(StringComparer.Ordinal);
        var alien = trained.Tensors.FirstOrDefault(info => !known.TryGetValue(info.Name, out var tensor) || !tensor.Shape.SequenceEqual(info.Shape));
        if (alien is not null || !head.Tensors.All(tensor => names.Contains(tensor.Name)))
        {
            throw new InvalidInputException(
                trained.Path,
                $"does not fit the network of its receipt: {(alien is null ? "it lacks the head" : $"{alien.Name} ({string.Join(", ", alien.Shape)}) is none of its tensors")}");
        }
    }
}
