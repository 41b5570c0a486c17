using System.Collections.Immutable;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Benchmarks.Defaults;

/// <summary>What a run is trained with where a person says nothing.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Batch">Images of a step.</param>
/// <param name="Shards">Shards of a batch.</param>
/// <param name="Phase">A phase whose policy is filled in.</param>
/// <param name="Init">First weights of the layer of classes.</param>
internal sealed record Recipe(string Name, int Batch, int Shards, PhaseSpec Phase, HeadInit Init)
{
    private static readonly RunSpec Unsaid = new() { Data = new() { Path = "" }, Output = "", Phases = [new()] };

    /// <summary>Those of the product as it is.</summary>
    public static Recipe New { get; } = new("new", Unsaid.BatchSize, Unsaid.Shards, new(), new HeadSpec().Init);

    /// <summary>Those of the first version.</summary>
    public static Recipe Old { get; } = new("old", 32, 8, new() { Epochs = 5, BatchNorm = BatchNormMode.Train, Keep = KeptEpoch.Last }, HeadInit.Glorot);

    /// <summary>Finds a recipe: <c>old</c>, <c>new</c>, or <c>new</c> with changes, such as <c>new/batch=32/shards=4/epochs=5/keep=last/by=accuracy/bn=train/init=glorot/lr=0.0001</c>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static Recipe Of(string name)
    {
        var parts = name.Split('/');
        var recipe = parts[0] switch
        {
            "old" => Old,
            "new" => New,
            _ => throw new ArgumentException($"There is no recipe {name}.", nameof(name)),
        };
        return parts.Skip(1).Aggregate(recipe, Change) with { Name = name };
    }

    /// <summary>A run by this recipe.</summary>
    public RunSpec For(ImageSet set, FreezePolicy policy, int seed, string output, string cache) => new()
    {
        Data = new() { Path = set.Folder, ImageSize = set.Size },
        Model = new() { Weights = set.Weights, Head = new() { Init = Init } },
        Phases = [Phase with { Freeze = policy }],
        BatchSize = Batch,
        Shards = Shards,
        Seed = seed,
        Output = output,
        Features = new() { Cache = FeatureCacheMode.On, Directory = cache },
    };

    private static Recipe Change(Recipe recipe, string change)
    {
        var (field, value) = change.Split('=') is [var left, var right] ? (left, right) : throw new ArgumentException($"'{change}' is no change.", nameof(change));
        return field switch
        {
            "batch" => recipe with { Batch = Number(value) },
            "shards" => recipe with { Shards = Number(value) },
            "epochs" => recipe with { Phase = recipe.Phase with { Epochs = Number(value) } },
            "keep" => recipe with { Phase = recipe.Phase with { Keep = Enum.Parse<KeptEpoch>(value, ignoreCase: true) } },
            "by" => recipe with { Phase = recipe.Phase with { BestBy = Enum.Parse<EpochMeasure>(value, ignoreCase: true) } },
            "bn" => recipe with { Phase = recipe.Phase with { BatchNorm = Enum.Parse<BatchNormMode>(value, ignoreCase: true) } },
            "init" => recipe with { Init = Enum.Parse<HeadInit>(value, ignoreCase: true) },
            "lr" => recipe with
            {
                // The base's rate; the head keeps its own.
                Phase = recipe.Phase with
                {
                    Optimizer = recipe.Phase.Optimizer with
                    {
                        LearningRate = double.Parse(value, System.Globalization.CultureInfo.InvariantCulture),
                        HeadLearningRate = recipe.Phase.Optimizer.LearningRate,
                    },
                },
            },
            _ => throw new ArgumentException($"A recipe has no {field}.", nameof(change)),
        };
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What trains.</summary>
internal static class Openings
{
    /// <summary>By name.</summary>
    public static ImmutableArray<(string Name, FreezePolicy Policy)> All { get; } =
    [
        ("head", new FreezePolicy.None()),
        ("last10", new FreezePolicy.LastLayers(10)),
        ("conv5", new FreezePolicy.FromStage("conv5")),
    ];
}
