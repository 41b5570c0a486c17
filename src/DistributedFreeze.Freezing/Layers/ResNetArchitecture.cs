using System.Collections.Frozen;
using System.Collections.Immutable;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Freezing.Layers;

/// <summary>What tells one network of the ResNet family from another, whatever it is built and named after.</summary>
/// <remarks>
/// Sources: He et al., Deep Residual Learning, 2016, table 1; torchvision/models/resnet.py, the functions <c>resnet18</c> to
/// <c>wide_resnet50_2</c>, whose arguments these are. Immutable and thread-safe.
/// </remarks>
public sealed record ResNetArchitecture
{
    /// <summary>The family. Another network is another row, and a value of <see cref="ModelArchitecture"/>.</summary>
    private static readonly FrozenDictionary<ModelArchitecture, ResNetArchitecture> Family = new ResNetArchitecture[]
    {
        new(ModelArchitecture.ResNet18, "ResNet18", "resnet18", ResidualBlock.Basic, 2, 2, 2, 2),
        new(ModelArchitecture.ResNet34, "ResNet34", "resnet34", ResidualBlock.Basic, 3, 4, 6, 3),
        new(ModelArchitecture.ResNet50, "ResNet50", "resnet50", ResidualBlock.Bottleneck, 3, 4, 6, 3),
        new(ModelArchitecture.ResNet101, "ResNet101", "resnet101", ResidualBlock.Bottleneck, 3, 4, 23, 3),
        new(ModelArchitecture.ResNet152, "ResNet152", "resnet152", ResidualBlock.Bottleneck, 3, 8, 36, 3),
        new(ModelArchitecture.WideResNet50x2, "Wide ResNet50-2", "wide_resnet50_2", ResidualBlock.Bottleneck, 3, 4, 6, 3) { WidthPerGroup = 128 },
        new(ModelArchitecture.ResNext50x32x4d, "ResNeXt50 32x4d", "resnext50_32x4d", ResidualBlock.Bottleneck, 3, 4, 6, 3) { Groups = 32, WidthPerGroup = 4 },
    }.ToFrozenDictionary(member => member.Architecture);

    private ResNetArchitecture(ModelArchitecture architecture, string name, string torchvisionName, ResidualBlock block, params ReadOnlySpan<int> blocks) =>
        (Architecture, Name, TorchvisionName, Block, BlocksPerStage) = (architecture, name, torchvisionName, block, [.. blocks]);

    /// <summary>Which one it is.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>What people call it, such as <c>ResNet50</c>.</summary>
    public string Name { get; }

    /// <summary>The function of <c>torchvision.models</c> that makes it, such as <c>wide_resnet50_2</c>.</summary>
    public string TorchvisionName { get; }

    /// <summary>What its blocks are made of.</summary>
    public ResidualBlock Block { get; }

    /// <summary>Blocks of the stages <c>conv2</c> to <c>conv5</c>.</summary>
    public ImmutableArray<int> BlocksPerStage { get; }

    /// <summary>Groups of a bottleneck's 3x3 convolution.</summary>
    public int Groups { get; private init; } = 1;

    /// <summary>Channels of each of these groups in <c>conv2</c>; they double from stage to stage.</summary>
    public int WidthPerGroup { get; private init; } = ChannelsOfFirstStage;

    /// <summary>Channels of the stem's output, and of the first stage where nothing widens it.</summary>
    internal const int ChannelsOfFirstStage = 64;

    /// <summary>Channels of a block's output for each of its stage's: 1 or 4.</summary>
    internal int Expansion => Block == ResidualBlock.Bottleneck ? 4 : 1;

    /// <summary>Channels of a block's 3x3 convolutions.</summary>
    /// <param name="stageChannels">64 in <c>conv2</c>, and twice as many from stage to stage.</param>
    internal int WidthAt(int stageChannels) => stageChannels * WidthPerGroup / ChannelsOfFirstStage * Groups;

    /// <summary>Looks a network up.</summary>
    /// <param name="architecture">Which one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="architecture"/> is no defined value.</exception>
    public static ResNetArchitecture Of(ModelArchitecture architecture) => Family.TryGetValue(architecture, out var member)
        ? member
        : throw new ArgumentOutOfRangeException(nameof(architecture), architecture, "The ResNet family has no such network.");
}
