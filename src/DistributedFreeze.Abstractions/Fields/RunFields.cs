using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Fields;

/// <summary>Every field of a run, under the names that people meet.</summary>
/// <remarks>
/// Types, ranges and default values are not here: the readers and validators have them, and the reference is made from those.
/// Thread-safe.
/// </remarks>
public static partial class RunFields
{
    /// <summary>All of them, each group before its fields, in the order of the reference.</summary>
    public static ImmutableArray<RunField> All { get; } =
    [
        new("data", "Where the images are and how they become tensors."),
        new("data.path", "A folder of class folders, one with `train`, `val` and `test` folders of class folders each, or a manifest: a `.csv`, `.tsv` or `.jsonl` file that names images and classes.", Needed: "a folder of images"),
        new("data.image_size", "Height and width of the network's input.", Unit: "pixels"),
        new("data.resize", "How an image becomes square: `stretch` scales both sides, `crop` scales the shorter side and keeps the middle of the longer one, `imagenet` scales the shorter side to 8/7 of the size (256 for 224) and keeps the middle, as weights trained on ImageNet expect it."),
        new("data.color_profiles", "What becomes of ICC profiles and a PNG's gamma: `ignore` takes stored numbers as they are, `apply` converts them to sRGB."),
        new("data.preprocess",
            "How pixels become network input: `auto` asks what the weights remember of their training; `caffe` is BGR minus a mean (Keras's own ResNet50), `torch` RGB scaled, minus a mean and over a deviation (torchvision's), `tf` RGB from -1 to 1."),
        new("data.force_preprocess", "Trains with `preprocess` even where the weights rule it out; else such a run is refused."),
        new("data.max_skipped_share", "Share of the image files that may be unreadable before the run is refused."),
        new("data.max_pixels", "An image of more pixels counts as unreadable.", Unit: "pixels"),
        new("data.validation_share", "Share of every class that is set aside for validation where the folder has no `val`."),
        new("data.test_share", "Share of every class that is set aside for the test where the folder has no `test`."),
        new("data.augment", "Random changes of training images, the same wherever an image is computed.", Absent: "no change"),
        new("data.augment.crop_scale", "Least share of the image's area that a random crop keeps; 1 crops nothing."),
        new("data.augment.flip", "Chance that left and right change places."),
        new("data.augment.brightness", "Brightness is multiplied by 1 - x to 1 + x."),
        new("data.augment.contrast", "Contrast is multiplied by 1 - x to 1 + x."),
        new("data.augment.saturation", "Saturation is multiplied by 1 - x to 1 + x."),
        new("data.augment.views", "Random views of an image, shown in turn, so that features can be kept.", Unit: "views",
            Absent: "another view in every epoch, and features are not kept"),
        new("model", "The base network, its weights and the head on top."),
        new("model.graph", "Which ResNet50: Keras's (v1, stride on the first convolution of a block) or torchvision's (v1.5, stride on the 3x3)."),
        new("model.weights", "File with the base's weights: `.h5`, `.hdf5`, `.keras`, `.safetensors`, or PyTorch's `.pth`, `.pt`, `.bin`, `.ckpt` and `.tar`.", Absent: "random weights from the run's seed, and a warning"),
        new("model.random_weights", "Says that random weights are meant, where there is no file of weights."),
        new("model.head", "The dense layers on top of the pooled features; one output for each class follows them."),
        new("model.head.hidden", "Widths of dense layers before the classes, each followed by ReLU.", Unit: "neurons", Absent: "no such layer"),
        new("model.head.dropout", "Share that is dropped after each of those layers while training."),
        new("model.head.init", "First weights of the layer of classes; layers before it are drawn at random in any case."),
        new("model.classes", "Number of classes; another number than that of the class folders is refused.", Unit: "classes", Absent: "the number of class folders"),
        new("phases", "Parts of the run, in order, each with layers, epochs and an optimizer of its own; at least one.", Needed: "at least one phase"),
        new("phases[].unfreeze_layers", "Trains the last layers of the base, counted as Keras counts `base.layers[-n:]`.", Unit: "layers"),
        new("phases[].unfreeze", "Trains the head alone (`none`) or the whole base with it (`all`)."),
        new("phases[].from", "Trains the layer of this name and every later one."),
        new("phases[].stage", "Trains this stage of the base and every later one."),
        new("phases[].layers", "Trains the layers whose names match any of these, `*` and `?` standing for other characters."),
        new("phases[].epochs", "Passes over the training images.", Unit: "epochs",
            Absent: "30 where the head alone trains, 10 where layers of the base do"),
        new("phases[].optimizer", "How weights follow gradients; its kind alone (`optimizer: adam`) will do."),
        new("phases[].optimizer.kind", "The update rule."),
        new("phases[].optimizer.learning_rate", "The peak learning rate; `learning_rate` in the phase itself says the same."),
        new("phases[].optimizer.head_learning_rate", "The peak learning rate of the head alone.", Absent: "that of the other layers"),
        new("phases[].optimizer.rates", "What the learning rate is multiplied by for layers of the base, by glob, such as `{conv5_*: 0.1}`. Every glob must match a layer that trains, and no layer two globs.",
            Absent: "1 for every layer", Entries: "numbers by glob, such as {conv5_*: 0.1}"),
        new("phases[].optimizer.layer_decay", "Multiplies the learning rate of a layer of the base once for each residual block from the head to it, its own included."),
        new("phases[].optimizer.weight_decay", "Weight decay: in the gradient for sgd and adam, apart from it for adamw."),
        new("phases[].optimizer.weight_decay_on", "What weight decay is for: the `weights` of convolutions and dense layers without biases and batch norms, or `all` that trains.",
            Absent: "`weights` for adamw, `all` for sgd and adam"),
        new("phases[].optimizer.momentum", "Momentum of sgd."),
        new("phases[].optimizer.beta1", "Decay of the first moment of adam and adamw."),
        new("phases[].optimizer.beta2", "Decay of the second moment of adam and adamw."),
        new("phases[].optimizer.epsilon", "What adam and adamw add to the denominator."),
        new("phases[].schedule", "How the learning rate changes over the phase; its kind alone (`schedule: cosine`) will do."),
        new("phases[].schedule.kind", "The shape after the warm-up: the peak throughout (`constant`), half a cosine down to zero (`cosine`), up to the peak and down again as PyTorch's `OneCycleLR` (`one-cycle`), or a factor every few epochs (`step`)."),
        new("phases[].schedule.warmup_epochs", "Epochs over which the rate rises in a straight line to its peak, at most those of the phase; for `one-cycle` those of its rise, 0 for 30 % of the phase.", Unit: "epochs"),
        new("phases[].schedule.step_epochs", "Epochs after which `step` lowers the rate, each time.", Unit: "epochs", Absent: "a third of the phase's, rounded up"),
        new("phases[].schedule.gamma", "What `step` multiplies the rate by."),
        new("phases[].batch_norm", "Which statistics the batch norms of layers that train normalize with: their running ones (`inference`), or those of their shard's images (`train`)."),
        new("phases[].keep", "With which epoch's weights the phase ends: the one that was best on the validation images (`best`; the last one where there are none), or the `last`."),
        new("phases[].best_by", "By what an epoch is better than another, on the validation images: a lower `loss`, or a higher `accuracy`, `balanced-accuracy` (mean recall of the classes) or `macro-f1`."),
        new("phases[].patience", "Ends the phase after so many epochs in a row without a better one.", Unit: "epochs", Absent: "every epoch is trained"),
        new("phases[].min_delta", "By more than this an epoch must be better to count as better."),
        new("phases[].clip_norm", "Scales the gradient of a step down to this norm, taken over everything that trains, where it is larger, as PyTorch's `clip_grad_norm_`.", Absent: "no gradient is scaled"),
        new("phases[].ema", "Decay of a moving average of the weights that train, with which epochs are validated and the phase ends.", Absent: "no average is kept"),
        new("batch_size", "Images in a step, over all shards and replicas; a multiple of `shards`.", Unit: "images"),
        new("shards", "Fixed slices of the data and of every batch, which replicas divide among them; part of the result.", Unit: "shards"),
        new("seed", "Seed of the head's first weights, of shuffling, of dropout and of a split."),
        new("threads_per_replica", "Torch threads of one replica; part of the result, since kernels may split sums by thread.", Unit: "threads"),
        new("replicas", "Replicas to train on, at most one for each shard; never changes the result.", Unit: "replicas", Absent: "the fewest that are predicted to be fastest"),
        new("min_replicas", "The fewest replicas to start with, at most `replicas`; never changes the result.", Unit: "replicas"),
        new("exchange", "Number type of sums that travel between silos; with bf16 the result depends on where replicas run."),
        new("class_weights", "How much a training image counts: as much as any other (`none`), or the more the fewer images its class has, so that every class counts the same (`balanced`). Or a factor for each class that is named, such as `{rose: 2, tulip: 0.5}`, the others counting 1.", Entries: "numbers by class"),
        new("sampling", "Which training images an epoch takes: each one once (`shuffle`), or each class equally often, with images of small classes more than once (`balanced`)."),
        new("label_smoothing", "Share of every training label that is spread evenly over all classes, as PyTorch's `label_smoothing`; losses of validation and test are not smoothed."),
        new("features", "How the features of images are computed and kept."),
        new("features.type", "Number type of features; part of the result."),
        new("features.engine", "What evaluates frozen layers: ONNX Runtime, or TorchSharp layer by layer; part of the result."),
        new("features.provider", "What ONNX Runtime evaluates them on; part of the result."),
        new("features.cache", "Whether features are kept: where that is predicted to be faster (`auto`), always, or never; never changes the result."),
        new("features.directory", "Folder of kept features, shared by runs; never changes the result.", Absent: "the silo's own"),
        new("features.memory", "Memory that features may take, on a silo no more than it has for all runs; never changes the result.", Unit: "bytes", Absent: "a quarter of what there is"),
        new("features.disk", "What the folder of features may take; 0 keeps them in memory only; never changes the result.", Unit: "bytes"),
        new("output", "Folder that receives the model, the receipt and the log.", Needed: "a folder for the model and the receipt"),
    ];

    private static FrozenDictionary<string, RunField> ByPath { get; } = All.ToFrozenDictionary(field => field.Path, StringComparer.Ordinal);

    /// <summary>The field at a path.</summary>
    /// <param name="path">A path with numbers, such as <c>phases[1].epochs</c> or <c>model.head.hidden[0]</c>, or without.</param>
    /// <returns>The field, that of the whole list for one of its items, or null where there is none.</returns>
    public static RunField? Find(string path)
    {
        var template = Number().Replace(path, "[]");
        return ByPath.GetValueOrDefault(template) ?? (template.EndsWith("[]", StringComparison.Ordinal) ? ByPath.GetValueOrDefault(template[..^2]) : null);
    }

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    internal static partial Regex Number();
}
