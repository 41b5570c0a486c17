using DistributedFreeze.Errors;

namespace DistributedFreeze.Coordination.Groups;

/// <summary>Law 1 broken: how a run ends whose frozen layers changed.</summary>
internal static class FrozenDrift
{
    /// <param name="holder">Which replica holds them, and where.</param>
    /// <param name="layers">Names of the layers, at least one.</param>
    public static RunFailedException Of(string holder, IReadOnlyCollection<string> layers) => new(
        $"Frozen layers changed in the memory of {holder}: {string.Join(", ", layers)}. No model was written, and neither the checkpoint nor the features that were kept there "
        + "are used again: start the run anew. If it happens on the same host again, its memory is damaged; if on another one too, it is a defect of the program.")
    {
        ChangedLayers = layers.Count,
    };
}
