using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>Ranges of <see cref="ModelSpec"/>.</summary>
internal static class ModelRules
{
    public static void Check(ModelSpec model, ProblemList problems)
    {
        problems.Defined("model.graph", model.Graph);
        problems.Defined("model.architecture", model.Architecture);
        CheckNetwork(model, problems);
        if (model.Weights is { } weights)
        {
            PathRules.Check("model.weights", weights, problems);
            if (WeightNames.Is(weights))
            {
                problems.Add("model.weights", $"'{weights}' is a name that the command line alone turns into a file of its machine; name the file, which dfreeze weights pull {weights} gets");
            }
            else if (!WeightFormats.IsRead(weights))
            {
                problems.Add("model.weights", $"'{weights}' {WeightFormats.Advice(weights)}");
            }
        }

        if (model is { Weights: not null, RandomWeights: true })
        {
            problems.Add("model.random_weights", "is true, but there is a file of weights, too; leave one of them out");
        }

        if (problems.Present("model.head", model.Head))
        {
            CheckHead(model.Head, problems);
        }

        if (model.Classes is { } classes)
        {
            problems.Whole("model.classes", classes, 2, int.MaxValue);
        }
    }

    private static void CheckNetwork(ModelSpec model, ProblemList problems)
    {
        if (model.Base is null && Enum.IsDefined(model.Graph) && Enum.IsDefined(model.Architecture) && !LayerTable.TryForWhole(model, out _))
        {
            var own = GraphConvention.Of(model.Graph).Architectures.Select(RunEnums.NameOf).ToList();
            var others = Enum.GetValues<NetworkGraph>().Where(graph => GraphConvention.Of(graph).Architectures.Contains(model.Architecture));
            problems.Add(
                "model.architecture",
                $"is {RunEnums.NameOf(model.Architecture)}, but graph {RunEnums.NameOf(model.Graph)} has {string.Join(", ", own.SkipLast(1))} and {own[^1]} alone; "
                + $"say {string.Join(" or ", others.Select(graph => $"`model.graph: {RunEnums.NameOf(graph)}`"))}, or take one of these");
        }
    }

    /// <summary>Far more than any head is known to use; each is made, and named, on every replica.</summary>
    private const int MostHidden = 32;

    private static void CheckHead(HeadSpec head, ProblemList problems)
    {
        if (head.Hidden.IsDefault)
        {
            problems.Add("model.head.hidden", "is empty; give a list of widths such as [256], or [] for none");
        }
        else if (head.Hidden.Length > MostHidden)
        {
            problems.Add("model.head.hidden", $"must have at most {MostHidden} widths, got {head.Hidden.Length:N0}");
        }
        else
        {
            for (var index = 0; index < head.Hidden.Length; index++)
            {
                problems.Whole($"model.head.hidden[{index}]", head.Hidden[index], 1, 65_536);
            }
        }

        problems.Defined("model.head.init", head.Init);
        problems.Real("model.head.dropout", head.Dropout, Interval.Below(0, 1));
    }
}
