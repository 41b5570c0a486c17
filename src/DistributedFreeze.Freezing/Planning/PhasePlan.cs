using System.Collections.Immutable;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Freezing.Masks;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Planning;

/// <summary>What a phase will train, move, store and compute, known before anything starts.</summary>
/// <remarks>Immutable and thread-safe; the same input gives the same plan everywhere.</remarks>
public sealed record PhasePlan
{
    private const int BytesPerFloat = 4;

    private PhasePlan()
    {
    }

    /// <summary>Which layers of the base train.</summary>
    public required FreezeMask Mask { get; init; }

    /// <summary>Where the constant part of the network ends.</summary>
    public required Boundary Boundary { get; init; }

    /// <summary>The dense layers on top.</summary>
    public required HeadLayers Head { get; init; }

    /// <summary>Stored numbers of base and head.</summary>
    public required ParameterCounts Parameters { get; init; }

    /// <summary>The layers of the base, the pooling, and the layers of the head.</summary>
    public required ImmutableArray<SummaryRow> Rows { get; init; }

    /// <summary>Multiply-adds of a forward pass of one image up to the boundary; FLOPs are twice as many.</summary>
    /// <remarks>Convolutions and dense layers count; biases, norms, activations and poolings do not.</remarks>
    public required long PrefixMultiplyAdds { get; init; }

    /// <summary>Whether <see cref="PrefixMultiplyAdds"/> is known: of an ONNX base with operators that nobody counts it is not.</summary>
    public bool IsPrefixCostKnown => Mask.Table.Layers.All(layer => layer.Graph is not { MultiplyAdds: null });

    /// <summary>Multiply-adds of a forward pass of one image after the boundary, head included; FLOPs are twice as many.</summary>
    public required long TailMultiplyAdds { get; init; }

    /// <summary>Numbers of one image's features at the boundary.</summary>
    public required long FeatureElements { get; init; }

    /// <summary>What a person should know before running it, one sentence each; empty when there is nothing to say.</summary>
    public required ImmutableArray<string> Warnings { get; init; }

    /// <summary>Batch norms of the base whose scale and shift train.</summary>
    public required int OpenBatchNorms { get; init; }

    /// <summary>Convolutions after the boundary: every step computes them.</summary>
    public required int TailConvolutions { get; init; }

    /// <summary>Bytes of one image's features in fp32.</summary>
    public long FeatureBytes => BytesPerFloat * FeatureElements;

    /// <summary>
    /// Bytes of the gradient vector that a step sums over all replicas: 4 (fp32) for each trainable parameter. Of n replicas each
    /// sends 2 (n - 1) / n times as much (reduce-scatter, then all-gather), and a single one nothing.
    /// </summary>
    public long AllReduceBytes => BytesPerFloat * Parameters.Trainable;

    /// <summary>Computes the plan of one phase of a run, with what there is to know of the run's batch.</summary>
    /// <param name="spec">A valid run.</param>
    /// <param name="phase">The phase, from 0.</param>
    /// <param name="table">The layers of the base.</param>
    /// <param name="mask">Which of them train in the phase.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException"><paramref name="mask"/> belongs to another network than <paramref name="table"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is less than 2.</exception>
    public static PhasePlan Of(RunSpec spec, int phase, LayerTable table, FreezeMask mask, int classes)
    {
        var plan = Create(table, mask, spec.Model.Head, classes, spec.Data.ImageSize);
        return plan with { Warnings = [.. plan.Warnings, .. ShardWarnings.Of(spec, phase, plan)] };
    }

    /// <summary>Computes a plan.</summary>
    /// <param name="table">The layers of the base.</param>
    /// <param name="mask">Which of them train.</param>
    /// <param name="head">The hidden layers on top.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="imageSize">Height and width of the input in pixels, 32 to 1,024.</param>
    /// <exception cref="ArgumentException"><paramref name="mask"/> belongs to another network than <paramref name="table"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="classes"/>, <paramref name="imageSize"/> or a hidden width is out of its range.
    /// </exception>
    public static PhasePlan Create(LayerTable table, FreezeMask mask, HeadSpec head, int classes, int imageSize)
    {
        var boundary = Boundary.Of(table, mask);
        var headLayers = HeadLayers.Create(head, classes, table.PooledFeatures);
        var shapes = table.ShapesAt(imageSize);
        var multiplyAdds = table.MultiplyAddsAt(imageSize);
        var tail = boundary.TailLayers.Sum(index => multiplyAdds[index]);
        return new()
        {
            Mask = mask,
            Boundary = boundary,
            Head = headLayers,
            Parameters = new(table.Parameters + headLayers.Parameters, mask.TrainableParameters + headLayers.Parameters),
            Rows = SummaryRows.Of(table, shapes, mask, boundary, headLayers),
            PrefixMultiplyAdds = multiplyAdds.Sum() - tail,
            TailMultiplyAdds = tail + headLayers.MultiplyAdds,
            FeatureElements = boundary.IsPooled ? table.PooledFeatures : shapes[boundary.Index].Elements,
            OpenBatchNorms = table.Layers.Count(layer => layer.Kind == LayerKind.BatchNormalization && mask.Trainable[layer.Index]),
            TailConvolutions = boundary.TailLayers.Count(index => table.Layers[index].Kind == LayerKind.Convolution),
            Warnings = [.. PlanWarnings.Of(table, mask, boundary)],
        };
    }
}
