using System.Collections.Immutable;
using static DistributedFreeze.Cli.Options.OptionForm;

namespace DistributedFreeze.Cli.Options;

/// <summary>Every option that stands for a field of a run, in the order of help.</summary>
internal static class RunOptionTable
{
    private const string Phase = "phases[0].";

    public static ImmutableArray<RunOption> All { get; } =
    [
        new("--data", "data.path", Value, "DIR", "Folder of class folders, or of train, val and test folders of them, or a manifest of images (.csv, .tsv, .jsonl)"),
        new("--weights", "model.weights", Value, "FILE", "Pre-trained weights (.h5, .keras, .safetensors, .pth)"),
        new("--random-weights", "model.random_weights", Flag, "true", "Train on a random base, and say so: without this or --weights a run warns"),
        new("--graph", "model.graph", Value, "keras-v1|torchvision-v1.5", "Which ResNet50 [default: keras-v1]"),
        new("--preprocess", "data.preprocess", Value, "auto|caffe|torch|tf", "How pixels become input; auto asks the weights [default: auto]"),
        new("--force-preprocess", "data.force_preprocess", Flag, "true", "Train with --preprocess even where the weights rule it out"),
        new("--resize", "data.resize", Value, "stretch|crop|imagenet", "How an image becomes square: whole, its middle square, or shorter side to 256 and middle 224, which ImageNet's weights expect [default: stretch]"),
        new("--color-profiles", "data.color_profiles", Value, "ignore|apply", "ICC profiles and PNG gamma: numbers as stored, as PyTorch loads them, or converted to sRGB [default: ignore]"),
        new("--image-size", "data.image_size", Value, "PIXELS", "Height and width of the input, 32 to 1024 [default: 224]"),
        new("--max-pixels", "data.max_pixels", Value, "N", "Pixels above which an image counts as unreadable [default: 50000000]"),
        new("--max-skipped", "data.max_skipped_share", Value, "SHARE", "Share of the images that may be unreadable before the run is refused, 0 to 1 [default: 0.01]"),
        new("--validation-share", "data.validation_share", Value, "SHARE", "Share of each class set aside where there is no val folder, 0 to 0.9 [default: 0.15]"),
        new("--test-share", "data.test_share", Value, "SHARE", "Share of each class set aside where there is no test folder, 0 to 0.9 [default: 0.15]"),
        new("--augment-crop", "data.augment.crop_scale", Value, "SHARE", "Least share of the area that a random crop keeps [default: 1, none]"),
        new("--flip", "data.augment.flip", Value, "CHANCE", "Chance that left and right change places, 0 to 1 [default: 0]"),
        new("--brightness", "data.augment.brightness", Value, "SPREAD", "Brightness is multiplied by 1 - x to 1 + x, 0 to 1 [default: 0]"),
        new("--contrast", "data.augment.contrast", Value, "SPREAD", "Contrast is, likewise [default: 0]"),
        new("--saturation", "data.augment.saturation", Value, "SPREAD", "Saturation is, likewise [default: 0]"),
        new("--views", "data.augment.views", Value, "N", "Random views of an image, shown in turn and kept [default: new every epoch]"),
        new("--classes", "model.classes", Value, "N", "Number of classes [default: the number of class folders]"),
        new("--head", "model.head.hidden", Values, "N,N", "Widths of dense layers before the classes, such as 256,64 [default: none]"),
        new("--dropout", "model.head.dropout", Value, "SHARE", "Dropped after each of those layers, 0 to below 1 [default: 0]"),
        new("--head-init", "model.head.init", Value, "zeros|glorot", "First weights of the layer of classes [default: zeros]"),
        new("--unfreeze-layers", Phase + "unfreeze_layers", Value, "N", "Train the last N of the base's 175 layers [default: 0]"),
        new("--unfreeze-from", Phase + "from", Value, "LAYER", "Train this layer and every later one"),
        new("--unfreeze-stage", Phase + "stage", Value, "STAGE", "Train this stage (conv1 to conv5) and every later one"),
        new("--unfreeze", Phase + "layers", Values, "GLOB,GLOB", "Train the layers whose names match, such as conv5_*_bn"),
        new("--unfreeze-all", Phase + "unfreeze", Flag, "all", "Train the whole base"),
        new("--epochs", Phase + "epochs", Value, "N", "Passes over the images [default: 30 for the head alone, 10 where layers of the base train]"),
        new("--optimizer", Phase + "optimizer.kind", Value, "sgd|adam|adamw", "Update rule [default: adam]"),
        new("--lr", Phase + "optimizer.learning_rate", Value, "RATE", "Peak learning rate [default: 0.001]"),
        new("--head-lr", Phase + "optimizer.head_learning_rate", Value, "RATE", "Peak learning rate of the head alone [default: --lr]"),
        new("--rates", Phase + "optimizer.rates", Numbers, "GLOB=N,GLOB=N", "What --lr is multiplied by for the layers whose names match, such as conv5_*=0.1 [default: 1]"),
        new("--layer-decay", Phase + "optimizer.layer_decay", Value, "NUMBER", "What --lr is multiplied by once for each block from the head to a layer, above 0 to 1 [default: 1]"),
        new("--weight-decay", Phase + "optimizer.weight_decay", Value, "DECAY", "Weight decay, 0 to 1 [default: 0]"),
        new("--weight-decay-on", Phase + "optimizer.weight_decay_on", Value, "weights|all", "What decays: weights without biases and batch norms, or all [default: weights for adamw, all for sgd and adam]"),
        new("--momentum", Phase + "optimizer.momentum", Value, "SHARE", "Momentum of sgd, 0 to below 1 [default: 0.9]"),
        new("--beta1", Phase + "optimizer.beta1", Value, "DECAY", "Decay of the first moment of adam and adamw, 0 to below 1 [default: 0.9]"),
        new("--beta2", Phase + "optimizer.beta2", Value, "DECAY", "Decay of the second moment of adam and adamw, 0 to below 1 [default: 0.999]"),
        new("--epsilon", Phase + "optimizer.epsilon", Value, "NUMBER", "What adam and adamw add to the denominator, above 0 to 1 [default: 1e-8]"),
        new("--schedule", Phase + "schedule.kind", Value, "constant|cosine|one-cycle|step", "Learning rate over time [default: constant]"),
        new("--warmup-epochs", Phase + "schedule.warmup_epochs", Value, "N", "Epochs in which the rate rises to its peak [default: 0]"),
        new("--step-epochs", Phase + "schedule.step_epochs", Value, "N", "Epochs after which --schedule step lowers the rate, each time [default: a third of --epochs]"),
        new("--gamma", Phase + "schedule.gamma", Value, "NUMBER", "What it multiplies the rate by, above 0 to 1 [default: 0.1]"),
        new("--batch-norm", Phase + "batch_norm", Value, "inference|train", "Statistics of batch norms in layers that train: their running ones, kept, or the shard's [default: inference]"),
        new("--keep", Phase + "keep", Value, "best|last", "Weights that a phase ends with: of its best epoch on the validation images, or of its last [default: best]"),
        new("--best-by", Phase + "best_by", Value, "loss|accuracy|balanced-accuracy|macro-f1", "What makes an epoch the best, on the validation images [default: loss]"),
        new("--patience", Phase + "patience", Value, "N", "End a phase after N epochs without a better one [default: train every epoch]"),
        new("--min-delta", Phase + "min_delta", Value, "NUMBER", "By more than this must an epoch be better [default: 0]"),
        new("--clip-norm", Phase + "clip_norm", Value, "NORM", "Scale the gradient of a step down to this norm where it is larger [default: never]"),
        new("--ema", Phase + "ema", Value, "DECAY", "Validate and end with a moving average of the weights, such as 0.99, above 0 and below 1 [default: none]"),
        new("--batch", "batch_size", Value, "N", "Images in a step, over all replicas; a multiple of --shards [default: 32]"),
        new("--shards", "shards", Value, "N", "Fixed slices of data and batch, part of the result [default: 4]"),
        new("--seed", "seed", Value, "N", "Seed of first weights, shuffling and dropout [default: 0]"),
        new("--threads", "threads_per_replica", Value, "N", "Torch threads of a replica, part of the result [default: 1]"),
        new("--replicas", "replicas", Value, "N", "Replicas, at most --shards; never changes the result [default: what is predicted fastest]"),
        new("--min-replicas", "min_replicas", Value, "N", "The fewest replicas to start with, at most --replicas; never changes the result [default: 1]"),
        new("--exchange", "exchange", Value, "fp32|bf16", "Number type of sums between silos; bf16 lets the result depend on where replicas run [default: fp32]"),
        new("--class-weights", "class_weights", Numbers, "none|balanced|CLASS=N,CLASS=N", "How much a training image counts: balanced lets every class count the same, rose=2 an image of a rose twice [default: none]"),
        new("--sampling", "sampling", Value, "shuffle|balanced", "Which training images an epoch takes: each one once, or each class equally often [default: shuffle]"),
        new("--label-smoothing", "label_smoothing", Value, "SHARE", "Share of every training label that is spread over all classes, 0 to below 1 [default: 0]"),
        new("--features", "features.type", Value, "fp32|fp16|bf16", "Number type of features, part of the result [default: fp32]"),
        new("--prefix-engine", "features.engine", Value, "onnx|torch", "What evaluates frozen layers, part of the result [default: onnx]"),
        new("--prefix-provider", "features.provider", Value, "auto|cpu|cuda|tensorrt", "What ONNX Runtime evaluates them on, part of the result [default: auto]"),
        new("--cache", "features.cache", Value, "auto|on|off", "Whether features are kept; never changes the result [default: auto]"),
        new("--cache-dir", "features.directory", Value, "DIR", "Folder of kept features, shared by runs [default: the silo's own]"),
        new("--cache-memory", "features.memory", Value, "BYTES", "Memory for features, such as 512M or 4G [default: a quarter of it]"),
        new("--cache-disk", "features.disk", Value, "BYTES", "Disk for features; 0 keeps them in memory only [default: 20G]"),
        new("--output", "output", Value, "DIR", "Folder that receives the model and the receipt"),
    ];

    /// <returns>The option that gives a field, or null.</returns>
    public static RunOption? Of(string field) => All.FirstOrDefault(option => option.Field == field);
}
