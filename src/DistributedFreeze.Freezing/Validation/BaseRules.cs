using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Validation;

/// <summary>What goes together with an ONNX model as the base, and what is for one alone.</summary>
internal static class BaseRules
{
    private const string Field = "model.base";
    private const long MostParameters = 1_000_000_000_000;
    private const long MostMultiplyAdds = 1_000_000_000_000_000;
    private const int LongestName = 4_096;

    /// <param name="spec">A run with a model; the rest may be missing.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Check(RunSpec spec, ProblemList problems)
    {
        problems.Defined("model.pool", spec.Model.Pool);
        CheckNumbers(spec.Model, problems);
        if (spec.Model.Base is { } path)
        {
            CheckBase(path, spec.Model, problems);
            CheckRest(spec, problems);
        }
        else
        {
            CheckNone(spec, problems);
        }
    }

    private static void CheckNumbers(ModelSpec model, ProblemList problems)
    {
        if (model.BaseFeatures is { } features)
        {
            problems.Whole("model.base_features", features, 1, Layers.BaseIdentity.MostFeatures);
        }

        if (model.BaseParameters is { } parameters)
        {
            problems.Whole("model.base_parameters", parameters, 0, MostParameters);
        }

        if (model.BaseMultiplyAdds is { } multiplyAdds)
        {
            problems.Whole("model.base_multiply_adds", multiplyAdds, 0, MostMultiplyAdds);
        }
    }

    private static void CheckBase(string path, ModelSpec model, ProblemList problems)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            problems.Add(Field, "is empty, but must name an ONNX model; leave it out for a ResNet");
        }
        else
        {
            PathRules.Check(Field, path, problems);
        }

        Refuse(model.Weights is not null, "model.weights", "an ONNX model holds its weights");
        Refuse(model.RandomWeights, "model.random_weights", "an ONNX model holds its weights");
        Refuse(model.Architecture != default, "model.architecture", "an ONNX model is a network of its own");
        Refuse(model.Graph != default, "model.graph", "an ONNX model is a network of its own");
        if (model.Boundary is { Length: > LongestName } long_)
        {
            problems.Add("model.boundary", $"must have at most {LongestName:N0} characters, got {long_.Length:N0}");
        }

        if (model.BaseSha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower)))
        {
            problems.Add("model.base_sha256", "must be 64 lower-case hexadecimal digits, as sha256sum prints them");
        }

        void Refuse(bool isGiven, string field, string why)
        {
            if (isGiven)
            {
                problems.Add(field, $"cannot stand beside `{Field}`: {why}; leave one of the two out");
            }
        }
    }

    /// <summary>Of an ONNX model the head alone trains, and ONNX Runtime computes it.</summary>
    private static void CheckRest(RunSpec spec, ProblemList problems)
    {
        for (var index = 0; index < (spec.Phases.IsDefault ? 0 : spec.Phases.Length); index++)
        {
            if (spec.Phases[index] is not { Freeze: { } policy } phase)
            {
                continue;
            }

            if (policy is not (FreezePolicy.None or FreezePolicy.LastLayers { Count: 0 }))
            {
                problems.Add($"phases[{index}].{PhaseRules.FormOf(policy)}", $"opens layers of the base, but of `{Field}` none can train: the head alone does; leave it out");
            }

            if (phase.Optimizer is { Rates.IsEmpty: false })
            {
                problems.Add($"phases[{index}].optimizer.rates", $"is for layers of the base that train, and of `{Field}` none does; leave it out");
            }
        }

        if (spec.Features is { Engine: PrefixEngine.Torch })
        {
            problems.Add("features.engine", $"is torch, but `{Field}` is computed by ONNX Runtime alone; leave it out");
        }
    }

    private static void CheckNone(RunSpec spec, ProblemList problems)
    {
        var model = spec.Model;
        (bool IsGiven, string Field)[] own =
        [
            (model.Boundary is not null, "model.boundary"), (model.Pool != default, "model.pool"), (model.BaseSha256 is not null, "model.base_sha256"),
            (model.BaseFeatures is not null, "model.base_features"), (model.BaseParameters is not null, "model.base_parameters"), (model.BaseMultiplyAdds is not null, "model.base_multiply_adds"),
        ];
        foreach (var (_, field) in own.Where(one => one.IsGiven))
        {
            problems.Add(field, $"is for an ONNX model as the base; give `{Field}`, or leave it out");
        }

        if (spec.Data?.Preprocessing is Preprocessing.Unit or Preprocessing.Raw or Preprocessing.Clip)
        {
            problems.Add("data.preprocess", $"is {RunEnums.NameOf(spec.Data.Preprocessing.Value)}, which is for `{Field}` alone: the weights of a ResNet take caffe, torch or tf, and auto finds out which");
        }
    }
}
