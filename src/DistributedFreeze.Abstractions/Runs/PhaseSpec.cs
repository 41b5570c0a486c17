using DistributedFreeze.Freezing;

namespace DistributedFreeze.Runs;

/// <summary>Part of a run with its own freeze policy, length, optimizer and learning rate.</summary>
[GenerateSerializer, Immutable, Alias("df.phase-spec")]
public sealed record PhaseSpec
{
    /// <summary>Epochs of a phase that trains the head alone, where nothing is said: its features are kept, and an epoch takes moments.</summary>
    public const int DefaultHeadEpochs = 30;

    /// <summary>Epochs of a phase that trains layers of the base, where nothing is said.</summary>
    public const int DefaultTailEpochs = 10;

    private const int NotGiven = int.MinValue;

    /// <summary>Which layers of the base train; the head always does. Default: none.</summary>
    [Id(0)] public FreezePolicy Freeze { get; init; } = new FreezePolicy.None();

    /// <summary>Epochs, 1 to 10,000. Default: <see cref="DefaultHeadEpochs"/> where the policy opens no layer, else <see cref="DefaultTailEpochs"/>.</summary>
    [Id(1)]
    public int Epochs
    {
        get => field != NotGiven ? field : Freeze is FreezePolicy.None or FreezePolicy.LastLayers { Count: 0 } ? DefaultHeadEpochs : DefaultTailEpochs;
        init;
    } = NotGiven;

    /// <summary>How gradients change weights.</summary>
    [Id(2)] public OptimizerSpec Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes over the phase.</summary>
    [Id(3)] public ScheduleSpec Schedule { get; init; } = new();

    /// <summary>Which statistics the batch norms of layers that train normalize with. Frozen ones always use their running ones. Default: inference.</summary>
    [Id(4)] public BatchNormMode BatchNorm { get; init; }

    /// <summary>With which epoch's weights the phase ends, and the next one or the model begins. Default: the best one.</summary>
    [Id(5)] public KeptEpoch Keep { get; init; }

    /// <summary>By what an epoch is better than another: for <see cref="Keep"/> and <see cref="Patience"/>. Default: the validation loss.</summary>
    [Id(6)] public EpochMeasure BestBy { get; init; }

    /// <summary>The phase ends after so many epochs in a row without a better one, 1 to 10,000; null never ends it early.</summary>
    [Id(7)] public int? Patience { get; init; }

    /// <summary>An epoch is better only where it is so by more than this, 0 to 1,000. Default: 0.</summary>
    [Id(8)] public double MinDelta { get; init; }

    /// <summary>
    /// A step whose mean gradient, over everything that trains, has a larger Euclidean norm is scaled to this one, above 0 and at most 1,000,000: torch's
    /// <c>clip_grad_norm_</c>. Null clips nothing. Default: null.
    /// </summary>
    [Id(9)] public double? ClipNorm { get; init; }

    /// <summary>
    /// Decay of a moving average of the weights that train, above 0 and below 1: after the first step of the phase the average is the weights, after each later one
    /// decay x average + (1 - decay) x weights (torch's <c>AveragedModel</c> with <c>get_ema_multi_avg_fn</c>). Epochs are validated with it, and the phase ends with it.
    /// Running statistics of batch norms are not averaged again. Null keeps none. Default: null.
    /// </summary>
    [Id(10)] public double? Ema { get; init; }

    /// <summary>Whether both ask for the same: epochs that are given equal those that are the default.</summary>
    public bool Equals(PhaseSpec? other) => other is not null && Parts.Equals(other.Parts);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.GetHashCode();

    private (FreezePolicy, int, OptimizerSpec, ScheduleSpec, BatchNormMode, KeptEpoch, EpochMeasure, int?, double, double?, double?) Parts =>
        (Freeze, Epochs, Optimizer, Schedule, BatchNorm, Keep, BestBy, Patience, MinDelta, ClipNorm, Ema);
}

/// <summary>With which epoch's weights a phase ends.</summary>
public enum KeptEpoch
{
    /// <summary>Those of the epoch that was best on the validation images; the last one where there are none.</summary>
    Best = 0,

    /// <summary>Those of the last epoch.</summary>
    Last = 1,
}

/// <summary>By what one epoch is better than another.</summary>
public enum EpochMeasure
{
    /// <summary>A lower mean loss over the validation images.</summary>
    Loss = 0,

    /// <summary>A larger share of the validation images that are classified correctly.</summary>
    Accuracy = 1,

    /// <summary>A larger mean recall of the validation images' classes.</summary>
    BalancedAccuracy = 2,

    /// <summary>A larger mean F1 of the validation images' classes.</summary>
    MacroF1 = 3,
}

/// <summary>Which statistics a batch norm normalizes with while its layer trains.</summary>
public enum BatchNormMode
{
    /// <summary>Its running statistics, which stay as they are; scale and shift train (PyTorch's <c>bn.eval()</c>, Keras's <c>training=False</c>).</summary>
    Inference = 0,

    /// <summary>Those of its shard's images in the step; the running statistics move towards them.</summary>
    Train = 1,
}

/// <summary>How gradients change weights. The update rules are PyTorch's.</summary>
[GenerateSerializer, Immutable, Alias("df.optimizer-spec")]
public sealed record OptimizerSpec
{
    private const DecayedParameters NotGiven = (DecayedParameters)(-1);

    /// <summary>The update rule. Default: adam.</summary>
    [Id(0)] public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Peak learning rate, above 0 and at most 100. Default: 0.001.</summary>
    [Id(1)] public double LearningRate { get; init; } = 1e-3;

    /// <summary>Peak learning rate of the head alone, above 0 and at most 100; null takes <see cref="LearningRate"/>.</summary>
    [Id(2)] public double? HeadLearningRate { get; init; }

    /// <summary>Weight decay, 0 to 1: added to the gradient by sgd and adam, taken from the weight by adamw. Default: 0.</summary>
    [Id(3)] public double WeightDecay { get; init; }

    /// <summary>Momentum of sgd, 0 up to but not including 1. Default: 0.9.</summary>
    [Id(4)] public double Momentum { get; init; } = 0.9;

    /// <summary>Decay of adam's first moment, 0 up to but not including 1. Default: 0.9.</summary>
    [Id(5)] public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of adam's second moment, 0 up to but not including 1. Default: 0.999.</summary>
    [Id(6)] public double Beta2 { get; init; } = 0.999;

    /// <summary>What adam adds to the denominator, above 0 and at most 1. Default: 1e-8.</summary>
    [Id(7)] public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// What <see cref="WeightDecay"/> is for. Default: weights for adamw; all for sgd and adam, where it is a penalty that PyTorch and Keras put on everything.
    /// </summary>
    [Id(8)]
    public DecayedParameters WeightDecayOn
    {
        get => field != NotGiven ? field : Kind == OptimizerKind.AdamW ? DecayedParameters.Weights : DecayedParameters.All;
        init;
    } = NotGiven;

    /// <summary>
    /// What <see cref="LearningRate"/> is multiplied by for layers of the base, by glob such as <c>conv5_*</c>, above 0 and at most 1,000. A layer that none names has 1,
    /// and none may be named by two. Every glob must match a layer with parameters that trains. Default: none.
    /// </summary>
    [Id(9)] public NamedNumbers Rates { get; init; } = NamedNumbers.None;

    /// <summary>
    /// Layer-wise decay of the learning rate: that of a layer of the base is multiplied by this once for each residual block from the head to it, its own included; the
    /// layers before the first block come after all of them. Above 0 and at most 1. Default: 1.
    /// </summary>
    [Id(10)] public double LayerDecay { get; init; } = 1;

    /// <summary>Whether both ask for the same: a setting that is given equals one that is the default.</summary>
    public bool Equals(OptimizerSpec? other) => other is not null && Parts.Equals(other.Parts);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.GetHashCode();

    private (OptimizerKind, double, double?, double, double, double, double, double, DecayedParameters, NamedNumbers, double) Parts =>
        (Kind, LearningRate, HeadLearningRate, WeightDecay, Momentum, Beta1, Beta2, Epsilon, WeightDecayOn, Rates, LayerDecay);
}

/// <summary>Which trainable parameters weight decay is for.</summary>
public enum DecayedParameters
{
    /// <summary>The weights of convolutions and dense layers; not biases, nor scale and shift of batch norms.</summary>
    Weights = 0,

    /// <summary>Everything that trains.</summary>
    All = 1,
}

/// <summary>An update rule.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd = 0,

    /// <summary>Adam (Kingma and Ba, 2015), weight decay in the gradient.</summary>
    Adam = 1,

    /// <summary>AdamW (Loshchilov and Hutter, 2019), weight decay apart from the gradient.</summary>
    AdamW = 2,
}

/// <summary>How the learning rate changes over a phase.</summary>
[GenerateSerializer, Immutable, Alias("df.schedule-spec")]
public sealed record ScheduleSpec
{
    /// <summary>The shape after the warm-up. Default: constant.</summary>
    [Id(0)] public ScheduleKind Kind { get; init; }

    /// <summary>
    /// Epochs over which the rate rises in a straight line to its peak, 0 up to the phase's epochs; for one-cycle, those in which it rises along half a cosine, 0 for 30 % of the
    /// phase. Default: 0.
    /// </summary>
    [Id(1)] public double WarmupEpochs { get; init; }

    /// <summary>Epochs of a step, 1 to 10,000, where the kind is step; null takes a third of the phase's, rounded up. Default: null.</summary>
    [Id(2)] public int? StepEpochs { get; init; }

    /// <summary>What the rate is multiplied by after each step of step, and on each plateau of plateau: above 0 and at most 1. Default: 0.1.</summary>
    [Id(3)] public double Gamma { get; init; } = 0.1;

    /// <summary>
    /// Epochs in a row without a better one, 1 to 10,000, after which plateau lowers the rate. What is better is for the phase's <see cref="PhaseSpec.BestBy"/> and
    /// <see cref="PhaseSpec.MinDelta"/> to say. Default: 5.
    /// </summary>
    [Id(4)] public int Patience { get; init; } = 5;
}

/// <summary>Shape of a learning rate over time.</summary>
public enum ScheduleKind
{
    /// <summary>The peak rate throughout.</summary>
    Constant = 0,

    /// <summary>Half a cosine from the peak down to zero at the phase's last step (Loshchilov and Hutter, 2017, without restarts).</summary>
    Cosine = 1,

    /// <summary>Up to the peak from a 25th of it and down to a 250,000th, both along half a cosine (Smith and Topin, 2018; PyTorch's <c>OneCycleLR</c> without its momentum).</summary>
    OneCycle = 2,

    /// <summary>The peak, multiplied by a factor every few epochs (PyTorch's <c>StepLR</c>).</summary>
    Step = 3,

    /// <summary>The peak, multiplied by a factor whenever so many epochs in a row were no better on the validation images (Keras's <c>ReduceLROnPlateau</c>).</summary>
    Plateau = 4,
}
