using System.Globalization;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DistributedFreeze.Client.Specs;

/// <summary>Writes a run specification as YAML.</summary>
internal sealed class SpecWriter
{
    private readonly Emitter _events;

    private SpecWriter(TextWriter text) => _events = new(text, new EmitterSettings(
        bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, newLine: "\n"));

    public static string Write(RunSpec spec)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var writer = new SpecWriter(text);
        writer._events.Emit(new StreamStart());
        writer._events.Emit(new DocumentStart());
        writer.Run(spec);
        writer._events.Emit(new DocumentEnd(isImplicit: true));
        writer._events.Emit(new StreamEnd());
        return text.ToString();
    }

    private void Run(RunSpec spec) => Group(() =>
    {
        Group("data", () => Data(spec.Data));
        Group("model", () => Model(spec.Model));
        Word("batch_size", spec.BatchSize);
        Word("shards", spec.Shards);
        Word("seed", spec.Seed);
        Word("threads_per_replica", spec.ThreadsPerReplica);
        Word("replicas", spec.Replicas);
        Word("min_replicas", spec.MinReplicas);
        Word("exchange", RunEnums.NameOf(spec.Exchange));
        if (spec.ClassFactors.IsEmpty)
        {
            Word("class_weights", RunEnums.NameOf(spec.ClassWeights));
        }
        else
        {
            Numbers("class_weights", spec.ClassFactors);
        }

        Word("sampling", RunEnums.NameOf(spec.Sampling));
        Word("label_smoothing", spec.LabelSmoothing);
        Group("features", () => Features(spec.Features));
        Text("output", FullPath(spec.Output));
        Word("phases");
        _events.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var phase in spec.Phases)
        {
            Group(() => Phase(phase));
        }

        _events.Emit(new SequenceEnd());
    });

    private void Data(DataSpec data)
    {
        Text("path", FullPath(data.Path));
        Word("image_size", data.ImageSize);
        Word("resize", RunEnums.NameOf(data.Resize));
        Word("preprocess", data.Preprocessing is { } preprocessing ? RunEnums.NameOf(preprocessing) : null);
        Word("force_preprocess", Flag(data.ForcePreprocessing));
        Word("color_profiles", RunEnums.NameOf(data.ColorProfiles));
        Word("max_skipped_share", data.MaxSkippedShare);
        Word("max_pixels", data.MaxPixels);
        Word("validation_share", data.ValidationShare);
        Word("test_share", data.TestShare);
        if (data.Augmentation is { } augmentation)
        {
            Group("augment", () => Augmentation(augmentation));
        }
    }

    private void Augmentation(AugmentationSpec augmentation)
    {
        Word("crop_scale", augmentation.CropScale);
        Word("flip", augmentation.Flip);
        Word("brightness", augmentation.Brightness);
        Word("contrast", augmentation.Contrast);
        Word("saturation", augmentation.Saturation);
        Word("views", augmentation.Views);
    }

    private void Features(FeatureSpec features)
    {
        Word("type", RunEnums.NameOf(features.Type));
        Word("engine", RunEnums.NameOf(features.Engine));
        Word("provider", RunEnums.NameOf(features.Provider));
        Word("cache", RunEnums.NameOf(features.Cache));
        Text("directory", features.Directory is null ? null : FullPath(features.Directory));
        Word("memory", features.MemoryBytes is { } memory ? ByteSize.Format(memory) : null);
        Word("disk", ByteSize.Format(features.DiskBytes));
    }

    private void Model(ModelSpec model)
    {
        Word("graph", RunEnums.NameOf(model.Graph));
        Text("weights", model.Weights is null ? null : FullPath(model.Weights));
        Word("random_weights", Flag(model.RandomWeights));
        Group("head", () =>
        {
            Word("hidden");
            List(model.Head.Hidden.Select(width => width.ToString(CultureInfo.InvariantCulture)), ScalarStyle.Plain);
            Word("dropout", model.Head.Dropout);
            Word("init", RunEnums.NameOf(model.Head.Init));
        });
        Word("classes", model.Classes);
    }

    private void Phase(PhaseSpec phase)
    {
        Policy(phase.Freeze);
        Word("epochs", phase.Epochs);
        Group("optimizer", () =>
        {
            Word("kind", RunEnums.NameOf(phase.Optimizer.Kind));
            Word("learning_rate", phase.Optimizer.LearningRate);
            Word("head_learning_rate", phase.Optimizer.HeadLearningRate);
            if (!phase.Optimizer.Rates.IsEmpty)
            {
                Numbers("rates", phase.Optimizer.Rates);
            }

            Word("layer_decay", phase.Optimizer.LayerDecay);
            Word("weight_decay", phase.Optimizer.WeightDecay);
            Word("weight_decay_on", RunEnums.NameOf(phase.Optimizer.WeightDecayOn));
            Word("momentum", phase.Optimizer.Momentum);
            Word("beta1", phase.Optimizer.Beta1);
            Word("beta2", phase.Optimizer.Beta2);
            Word("epsilon", phase.Optimizer.Epsilon);
        });
        Group("schedule", () =>
        {
            Word("kind", RunEnums.NameOf(phase.Schedule.Kind));
            Word("warmup_epochs", phase.Schedule.WarmupEpochs);
            Word("step_epochs", phase.Schedule.StepEpochs);
            Word("gamma", phase.Schedule.Gamma);
        });
        Word("batch_norm", RunEnums.NameOf(phase.BatchNorm));
        Word("keep", RunEnums.NameOf(phase.Keep));
        Word("best_by", RunEnums.NameOf(phase.BestBy));
        Word("patience", phase.Patience);
        Word("min_delta", phase.MinDelta);
        Word("clip_norm", phase.ClipNorm);
        Word("ema", phase.Ema);
    }

    private void Policy(FreezePolicy policy)
    {
        switch (policy)
        {
            case FreezePolicy.LastLayers last:
                Word("unfreeze_layers", last.Count);
                break;
            case FreezePolicy.FromLayer from:
                Text("from", from.Layer);
                break;
            case FreezePolicy.FromStage from:
                Text("stage", from.Stage);
                break;
            case FreezePolicy.Named named:
                Word("layers");
                List(named.Globs, ScalarStyle.DoubleQuoted);
                break;
            default:
                Word("unfreeze", policy is FreezePolicy.All ? "all" : "none");
                break;
        }
    }

    private void Group(string name, Action fields)
    {
        Word(name);
        Group(fields);
    }

    private void Group(Action fields)
    {
        _events.Emit(new MappingStart());
        fields();
        _events.Emit(new MappingEnd());
    }

    private void Numbers(string name, NamedNumbers numbers) => Group(name, () =>
    {
        foreach (var (key, value) in numbers.All)
        {
            Scalar(key, ScalarStyle.DoubleQuoted);
            Word(value.ToString(CultureInfo.InvariantCulture));
        }
    });

    private void List(IEnumerable<string> items, ScalarStyle style)
    {
        _events.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
        foreach (var item in items)
        {
            Scalar(item, style);
        }

        _events.Emit(new SequenceEnd());
    }

    private static string Flag(bool value) => value ? "true" : "false";

    // A value that is unset is left out: reading gives it back unset.
    private void Word(string name, IFormattable? value) => Word(name, value?.ToString(null, CultureInfo.InvariantCulture));

    private void Word(string name, string? value) => Pair(name, value, ScalarStyle.Plain);

    // Text of people is quoted: a folder may be called "null" or "~".
    private void Text(string name, string? value) => Pair(name, value, ScalarStyle.DoubleQuoted);

    private void Pair(string name, string? value, ScalarStyle style)
    {
        if (value is not null)
        {
            Word(name);
            Scalar(value, style);
        }
    }

    private void Word(string word) => Scalar(word, ScalarStyle.Plain);

    private void Scalar(string value, ScalarStyle style) =>
        _events.Emit(new Scalar(AnchorName.Empty, TagName.Empty, value, style, isPlainImplicit: true, isQuotedImplicit: true));

    // A kept specification lies in another folder than the file it came from.
    private static string FullPath(string path) => path.Length == 0 ? path : Path.GetFullPath(path);
}
