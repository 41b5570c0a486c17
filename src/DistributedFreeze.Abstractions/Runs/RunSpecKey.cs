using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DistributedFreeze.Devices;

namespace DistributedFreeze.Runs;

/// <summary>Identifies what a spec computes, whatever it is called, wherever it lies and on however many replicas it runs.</summary>
public static class RunSpecKey
{
    /// <summary>
    /// As <see cref="RunJson.Stored"/>, but a field that was added later is left out where it says what all runs did before it was there: so a
    /// spec has the key that it has always had. For its sake values are called there what they were first called.
    /// </summary>
    private static readonly JsonSerializerOptions Grown = Create();

    /// <summary>SHA-256, in lower-case hex, over the parts of a spec that can change a result.</summary>
    /// <remarks>Data, weights and the run that a run starts from count by their content, which their own hashes cover; paths and replicas are left out. Pure and thread-safe.</remarks>
    public static string Of(RunSpec spec)
    {
        var model = HeadInputs.Ordered(spec.Model);
        var core = spec with
        {
            Data = spec.Data with { Path = "", ForcePreprocessing = false },
            Model = model with { Weights = model.Weights is null ? null : "", RandomWeights = false, Base = model.Base is null ? null : "" },
            Replicas = null,
            MinReplicas = 1,
            Device = DeviceChoice.Auto, // a wish, as the number of replicas; what it led to is no part of a spec, and stands in the receipt and in the keys of features
            Output = "",
            Labels = RunLabels.None,
            FeatureAugmentation = spec.FeatureAugmentation is { Brightness: 0, Contrast: 0 } ? null : spec.FeatureAugmentation,
            From = spec.From is null ? null : "",
            Phases = [.. spec.Phases.Select(WithoutIdleDecay)],
            Features = new() { Type = spec.Features.Type, Engine = PrecisionNeeds.EngineOf(spec), Provider = spec.Features.Provider },
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(core, Grown)));
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(RunJson.Stored) { TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(LeaveOutWhatWasAlwaysSo) };
        options.Converters.Insert(0, new EnumNameConverters(names => names.Keys));
        return options;
    }

    /// <summary>What would decay makes no difference where nothing does.</summary>
    private static PhaseSpec WithoutIdleDecay(PhaseSpec phase) =>
        phase is { Optimizer.WeightDecay: 0 } ? phase with { Optimizer = phase.Optimizer with { WeightDecayOn = DecayedParameters.All } } : phase;

    private static void LeaveOutWhatWasAlwaysSo(JsonTypeInfo type)
    {
        if (type.Type == typeof(RunSpec))
        {
            LeaveOut(type, nameof(RunSpec.ClassWeights), ClassWeighting.None);
            LeaveOut(type, nameof(RunSpec.LabelSmoothing), 0.0);
            LeaveOut(type, nameof(RunSpec.ClassFactors), NamedNumbers.None);
            LeaveOut(type, nameof(RunSpec.Sampling), ImageSampling.Shuffle);
            LeaveOut(type, nameof(RunSpec.From), null);
            LeaveOut(type, nameof(RunSpec.Mixup), 0.0);
            LeaveOut(type, nameof(RunSpec.Labels), RunLabels.None);
            LeaveOut(type, nameof(RunSpec.FeatureAugmentation), null);
            LeaveOut(type, nameof(RunSpec.Device), DeviceChoice.Auto);
            LeaveOut(type, nameof(RunSpec.Precision), RunPrecision.Fp32);
        }
        else if (type.Type == typeof(PhaseSpec))
        {
            LeaveOut(type, nameof(PhaseSpec.BatchNorm), BatchNormMode.Train);
            LeaveOut(type, nameof(PhaseSpec.Keep), KeptEpoch.Last);
            LeaveOutDefaults(type, new PhaseSpec(), ["freeze", "epochs", "optimizer", "schedule", "batchNorm", "keep"]);
        }
        else if (type.Type == typeof(OptimizerSpec))
        {
            LeaveOut(type, nameof(OptimizerSpec.WeightDecayOn), DecayedParameters.All);
            LeaveOutDefaults(
                type, new OptimizerSpec(), ["kind", "learningRate", "headLearningRate", "weightDecay", "momentum", "beta1", "beta2", "epsilon", "weightDecayOn"]);
        }
        else if (type.Type == typeof(AugmentationSpec))
        {
            LeaveOutDefaults(type, new AugmentationSpec(), ["cropScale", "flip", "brightness", "contrast", "saturation", "views"]);
        }
        else if (type.Type == typeof(FeatureAugmentationSpec))
        {
            LeaveOutDefaults(type, new FeatureAugmentationSpec(), []);
        }
        else if (type.Type == typeof(ScheduleSpec))
        {
            LeaveOutDefaults(type, new ScheduleSpec(), ["kind", "warmupEpochs"]);
        }
        else if (type.Type == typeof(HeadSpec))
        {
            LeaveOut(type, nameof(HeadSpec.Init), HeadInit.Glorot);
            type.Properties.First(field => field.Name == "inputs").ShouldSerialize = (_, value) => value is ImmutableArray<string> { IsDefaultOrEmpty: false };
        }
        else if (type.Type == typeof(ModelSpec))
        {
            LeaveOut(type, nameof(ModelSpec.RandomWeights), false);
            LeaveOut(type, nameof(ModelSpec.Architecture), ModelArchitecture.ResNet50);
            LeaveOutDefaults(type, new ModelSpec(), ["graph", "weights", "head", "classes", "randomWeights", "architecture"]);
        }
        else if (type.Type == typeof(DataSpec))
        {
            LeaveOut(type, nameof(DataSpec.ForcePreprocessing), false);
            LeaveOut(type, nameof(DataSpec.Split), null);
            LeaveOut(type, nameof(DataSpec.Folds), null);
            LeaveOut(type, nameof(DataSpec.Fold), null);
            LeaveOut(type, nameof(DataSpec.ColorProfiles), ColorProfiles.Apply);
        }
    }

    /// <summary>
    /// Leaves out what has its default, but for members that were there from the first or whose default is not what runs did before. A new member whose default changes
    /// nothing needs no line here.
    /// </summary>
    private static void LeaveOutDefaults(JsonTypeInfo type, object unset, string[] others)
    {
        foreach (var member in type.Properties.Where(member => !others.Contains(member.Name)))
        {
            var before = member.Get!(unset);
            member.ShouldSerialize = (_, value) => !Equals(before, value);
        }
    }

    private static void LeaveOut(JsonTypeInfo type, string property, object? before)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(property);
        type.Properties.First(field => field.Name == name).ShouldSerialize = (_, value) => !Equals(before, value);
    }
}
