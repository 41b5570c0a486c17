using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

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
    /// <remarks>Data and weights count by their content, which their own hashes cover; paths and replicas are left out. Pure and thread-safe.</remarks>
    public static string Of(RunSpec spec)
    {
        var core = spec with
        {
            Data = spec.Data with { Path = "", ForcePreprocessing = false },
            Model = spec.Model with { Weights = spec.Model.Weights is null ? null : "", RandomWeights = false },
            Replicas = null,
            MinReplicas = 1,
            Output = "",
            Phases = [.. spec.Phases.Select(WithoutIdleDecay)],
            Features = new() { Type = spec.Features.Type, Engine = spec.Features.Engine, Provider = spec.Features.Provider },
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
        }
        else if (type.Type == typeof(PhaseSpec))
        {
            LeaveOut(type, nameof(PhaseSpec.BatchNorm), BatchNormMode.Train);
            LeaveOut(type, nameof(PhaseSpec.Keep), KeptEpoch.Last);
            LeaveOut(type, nameof(PhaseSpec.BestBy), EpochMeasure.Loss);
            LeaveOut(type, nameof(PhaseSpec.Patience), null);
            LeaveOut(type, nameof(PhaseSpec.MinDelta), 0.0);
            LeaveOut(type, nameof(PhaseSpec.ClipNorm), null);
            LeaveOut(type, nameof(PhaseSpec.Ema), null);
        }
        else if (type.Type == typeof(OptimizerSpec))
        {
            LeaveOut(type, nameof(OptimizerSpec.WeightDecayOn), DecayedParameters.All);
            LeaveOut(type, nameof(OptimizerSpec.Rates), NamedNumbers.None);
            LeaveOut(type, nameof(OptimizerSpec.LayerDecay), 1.0);
        }
        else if (type.Type == typeof(ScheduleSpec))
        {
            LeaveOut(type, nameof(ScheduleSpec.StepEpochs), null);
            LeaveOut(type, nameof(ScheduleSpec.Gamma), 0.1);
        }
        else if (type.Type == typeof(HeadSpec))
        {
            LeaveOut(type, nameof(HeadSpec.Init), HeadInit.Glorot);
        }
        else if (type.Type == typeof(ModelSpec))
        {
            LeaveOut(type, nameof(ModelSpec.RandomWeights), false);
        }
        else if (type.Type == typeof(DataSpec))
        {
            LeaveOut(type, nameof(DataSpec.ForcePreprocessing), false);
            LeaveOut(type, nameof(DataSpec.ColorProfiles), ColorProfiles.Apply);
        }
    }

    private static void LeaveOut(JsonTypeInfo type, string property, object? before)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(property);
        type.Properties.First(field => field.Name == name).ShouldSerialize = (_, value) => !Equals(before, value);
    }
}
