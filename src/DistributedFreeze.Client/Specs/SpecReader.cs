using System.Collections.Immutable;
using DistributedFreeze.Errors;
using DistributedFreeze.Fields;
using DistributedFreeze.Freezing;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Client.Specs;

/// <summary>Reads a tree of texts into a run specification: names and types here, ranges in the validator.</summary>
internal static class SpecReader
{
    /// <summary>The ways to say which layers train, of which a phase takes at most one.</summary>
    public static ImmutableArray<string> FreezeForms { get; } = ["unfreeze_layers", "unfreeze", "from", "stage", "layers"];

    /// <param name="root">The tree, its short forms written out.</param>
    /// <param name="problems">Receives everything that is wrong; the result counts only while it stays empty.</param>
    /// <param name="log">Receives what is asked for; null keeps no record.</param>
    public static RunSpec Read(SpecMap root, List<Problem> problems, FieldLog? log = null)
    {
        var run = new FieldReader(root, "", problems, log);
        var before = problems.Count;
        var phases = run.Maps("phases");
        if (phases.IsEmpty && problems.Count == before)
        {
            run.Refuse("phases", "must list at least one phase");
        }

        var (weighting, factors) = run.WordOrNumbers("class_weights", RunEnums.ClassWeights, "numbers by class");
        var spec = new RunSpec
        {
            Data = Data(run.Map("data")),
            Model = Model(run.Map("model")),
            Phases = [.. phases.Select(Phase)],
            BatchSize = run.WholeNumber("batch_size") ?? 32,
            Shards = run.WholeNumber("shards") ?? 4,
            Seed = run.WholeNumber("seed") ?? 0,
            ThreadsPerReplica = run.WholeNumber("threads_per_replica") ?? 1,
            Replicas = run.WholeNumber("replicas"),
            MinReplicas = run.WholeNumber("min_replicas") ?? 1,
            Exchange = run.Word("exchange", RunEnums.Exchange) ?? ExchangeType.Fp32,
            ClassWeights = weighting ?? ClassWeighting.None,
            ClassFactors = factors,
            Sampling = run.Word("sampling", RunEnums.Sampling) ?? ImageSampling.Shuffle,
            LabelSmoothing = run.Number("label_smoothing") ?? 0,
            Features = Features(run.Map("features")),
            Output = Required(run, "output", "a folder for the model and the receipt"),
        };
        run.Finish();
        return spec;
    }

    private static DataSpec Data(FieldReader data)
    {
        var path = Required(data, "path", "a folder of images");
        var unset = new DataSpec { Path = path };
        var spec = unset with
        {
            ImageSize = data.WholeNumber("image_size") ?? unset.ImageSize,
            Resize = data.Word("resize", RunEnums.Resize) ?? unset.Resize,
            Preprocessing = data.Word("preprocess", RunEnums.Preprocessing) ?? unset.Preprocessing,
            ForcePreprocessing = data.Flag("force_preprocess") ?? unset.ForcePreprocessing,
            ColorProfiles = data.Word("color_profiles", RunEnums.ColorProfiles) ?? unset.ColorProfiles,
            MaxSkippedShare = data.Number("max_skipped_share") ?? unset.MaxSkippedShare,
            MaxPixels = data.LongNumber("max_pixels") ?? unset.MaxPixels,
            ValidationShare = data.Number("validation_share") ?? unset.ValidationShare,
            TestShare = data.Number("test_share") ?? unset.TestShare,
            Augmentation = Augmentation(data),
        };
        data.Finish();
        return spec;
    }

    private static AugmentationSpec? Augmentation(FieldReader data)
    {
        var augment = data.Map("augment");
        if (!data.Has("augment"))
        {
            return null;
        }

        var unset = new AugmentationSpec();
        var spec = new AugmentationSpec
        {
            CropScale = augment.Number("crop_scale") ?? unset.CropScale,
            Flip = augment.Number("flip") ?? unset.Flip,
            Brightness = augment.Number("brightness") ?? unset.Brightness,
            Contrast = augment.Number("contrast") ?? unset.Contrast,
            Saturation = augment.Number("saturation") ?? unset.Saturation,
            Views = augment.WholeNumber("views"),
        };
        augment.Finish();
        return spec;
    }

    private static FeatureSpec Features(FieldReader features)
    {
        var unset = new FeatureSpec();
        var spec = new FeatureSpec
        {
            Type = features.Word("type", RunEnums.FeatureType) ?? unset.Type,
            Engine = features.Word("engine", RunEnums.Engine) ?? unset.Engine,
            Provider = features.Word("provider", RunEnums.Provider) ?? unset.Provider,
            Cache = features.Word("cache", RunEnums.Cache) ?? unset.Cache,
            Directory = features.Text("directory"),
            MemoryBytes = features.Bytes("memory"),
            DiskBytes = features.Bytes("disk") ?? unset.DiskBytes,
        };
        features.Finish();
        return spec;
    }

    private static ModelSpec Model(FieldReader model)
    {
        var unset = new ModelSpec();
        var spec = new ModelSpec
        {
            Graph = model.Word("graph", RunEnums.Graph) ?? unset.Graph,
            Weights = model.Text("weights"),
            RandomWeights = model.Flag("random_weights") ?? unset.RandomWeights,
            Head = Head(model.Map("head")),
            Classes = model.WholeNumber("classes"),
        };
        model.Finish();
        return spec;
    }

    private static HeadSpec Head(FieldReader head)
    {
        var unset = new HeadSpec();
        var spec = new HeadSpec
        {
            Hidden = head.WholeNumbers("hidden"),
            Dropout = head.Number("dropout") ?? unset.Dropout,
            Init = head.Word("init", RunEnums.HeadInit) ?? unset.Init,
        };
        head.Finish();
        return spec;
    }

    private static PhaseSpec Phase(FieldReader phase)
    {
        var unset = new PhaseSpec();
        phase.Know(["learning_rate", .. FreezeForms]);
        if (phase.Has("learning_rate"))
        {
            phase.Refuse("learning_rate", "is given twice: here and in optimizer");
        }

        unset = unset with { Freeze = Policy(phase) };
        var spec = unset with
        {
            Epochs = phase.WholeNumber("epochs") ?? unset.Epochs,
            Optimizer = Optimizer(phase.Map("optimizer")),
            Schedule = Schedule(phase.Map("schedule")),
            BatchNorm = phase.Word("batch_norm", RunEnums.BatchNorm) ?? unset.BatchNorm,
            Keep = phase.Word("keep", RunEnums.Keep) ?? unset.Keep,
            BestBy = phase.Word("best_by", RunEnums.Measure) ?? unset.BestBy,
            Patience = phase.WholeNumber("patience"),
            MinDelta = phase.Number("min_delta") ?? unset.MinDelta,
            ClipNorm = phase.Number("clip_norm"),
            Ema = phase.Number("ema"),
        };
        phase.Finish();
        return spec;
    }

    private static FreezePolicy Policy(FieldReader phase)
    {
        if (phase.Has("freeze"))
        {
            // "freeze: all" and "freeze: none" are read in either sense, and the wrong one trains what should have been frozen.
            phase.Refuse("freeze", "is not a field, for it is read in two ways; write 'unfreeze: none' (the base is frozen) or 'unfreeze: all' (the whole base trains)");
        }

        var given = FreezeForms.Where(phase.Has).ToList();
        if (given.Count > 1)
        {
            phase.Refuse(given[1], $"cannot stand beside {phase.NameOf(given[0])}; a phase says once which layers train");
        }

        return given.FirstOrDefault() switch
        {
            "unfreeze_layers" => new FreezePolicy.LastLayers(phase.WholeNumber("unfreeze_layers") ?? 0),
            "unfreeze" => phase.Word("unfreeze", Extents) == Extent.All ? new FreezePolicy.All() : new FreezePolicy.None(),
            "from" => new FreezePolicy.FromLayer(phase.Text("from") ?? ""),
            "stage" => new FreezePolicy.FromStage(phase.Text("stage") ?? ""),
            "layers" => new FreezePolicy.Named(phase.Texts("layers")),
            _ => new FreezePolicy.None(),
        };
    }

    private static OptimizerSpec Optimizer(FieldReader optimizer)
    {
        var unset = new OptimizerSpec();
        unset = unset with { Kind = optimizer.Word("kind", RunEnums.Optimizer) ?? unset.Kind };
        var spec = unset with
        {
            LearningRate = optimizer.Number("learning_rate") ?? unset.LearningRate,
            HeadLearningRate = optimizer.Number("head_learning_rate"),
            Rates = optimizer.Numbers("rates", "numbers by glob, such as {conv5_*: 0.1}"),
            LayerDecay = optimizer.Number("layer_decay") ?? unset.LayerDecay,
            WeightDecay = optimizer.Number("weight_decay") ?? unset.WeightDecay,
            WeightDecayOn = optimizer.Word("weight_decay_on", RunEnums.Decayed) ?? unset.WeightDecayOn,
            Momentum = optimizer.Number("momentum") ?? unset.Momentum,
            Beta1 = optimizer.Number("beta1") ?? unset.Beta1,
            Beta2 = optimizer.Number("beta2") ?? unset.Beta2,
            Epsilon = optimizer.Number("epsilon") ?? unset.Epsilon,
        };
        optimizer.Finish();
        return spec;
    }

    private static ScheduleSpec Schedule(FieldReader schedule)
    {
        var unset = new ScheduleSpec();
        var spec = new ScheduleSpec
        {
            Kind = schedule.Word("kind", RunEnums.Schedule) ?? unset.Kind,
            WarmupEpochs = schedule.Number("warmup_epochs") ?? unset.WarmupEpochs,
            StepEpochs = schedule.WholeNumber("step_epochs"),
            Gamma = schedule.Number("gamma") ?? unset.Gamma,
        };
        schedule.Finish();
        return spec;
    }

    private static string Required(FieldReader fields, string name, string what)
    {
        fields.Know([name]);
        if (!fields.Has(name))
        {
            fields.Refuse(name, $"is missing; give {what}");
            return "";
        }

        return fields.Text(name) ?? "";
    }

    private static EnumNames<Extent> Extents { get; } = new(new(Extent.None, UnfreezeValue.None), new(Extent.All, UnfreezeValue.All));

    private enum Extent
    {
        None,
        All,
    }
}
