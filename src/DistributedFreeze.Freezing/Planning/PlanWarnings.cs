using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>Finds what a mask does that its author probably did not mean.</summary>
internal static class PlanWarnings
{
    public static IEnumerable<string> Of(LayerTable table, FreezeMask mask, Boundary boundary)
    {
        var open = table.Layers.Where(layer => mask.Trainable[layer.Index]).ToList();
        var training = open.Where(layer => layer.HasParameters).ToList();

        if (open.Count > 0 && training.Count == 0)
        {
            yield return $"The freeze policy opens {Names(open)}, which {Have(open.Count)} no parameters, so only the head trains.";
        }

        if (training.Count > 0 && training.All(layer => layer.Kind == LayerKind.BatchNormalization))
        {
            yield return $"The freeze policy opens no convolution: of the base only the batch {Norm(training.Count)} "
                + $"{Names(training)} {Train(training.Count)}.";
        }

        if (boundary.InsideBlock)
        {
            yield return Recomputed(table, boundary, training[0], phase: mask.Version - 1);
        }
    }

    private static string Recomputed(LayerTable table, Boundary boundary, Layer first, int phase)
    {
        var frozen = boundary.FrozenBeforeTrainable.Select(index => table.Layers[index]).ToList();
        var choices = CleanCounts.Around(table, first);
        return $"The first open layer, {first.Name}, lies inside {first.Block}, so features end at {boundary.Name} and the frozen "
            + $"{(frozen.Count == 1 ? "layer" : "layers")} {Names(frozen)} {(frozen.Count == 1 ? "is" : "are")} computed again "
            + $"at every step; `phases[{phase}].unfreeze_layers: {choices.Fewer}` or {choices.More} would avoid that.";
    }

    private static string Names(List<Layer> layers) => layers.Count switch
    {
        1 => layers[0].Name,
        <= 6 => $"{string.Join(", ", layers.SkipLast(1).Select(layer => layer.Name))} and {layers[^1].Name}",
        _ => $"{string.Join(", ", layers.Take(3).Select(layer => layer.Name))} and {layers.Count - 3} more up to {layers[^1].Name}",
    };

    private static string Have(int count) => count == 1 ? "has" : "have";

    private static string Norm(int count) => count == 1 ? "norm" : "norms";

    private static string Train(int count) => count == 1 ? "trains" : "train";
}
