using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Training.Weights;

/// <summary>The names that Hugging Face's transformers give the tensors of a ResNet, in the project's words.</summary>
/// <remarks>Source: transformers/models/resnet/modeling_resnet.py, class ResNetModel. Pure and thread-safe.</remarks>
internal static partial class HuggingFaceNames
{
    /// <summary>Translates one name.</summary>
    /// <param name="name">Such as <c>encoder.stages.2.layers.0.shortcut.normalization.running_mean</c>.</param>
    /// <param name="translated">Such as <c>conv4_block1_0_bn.running_mean</c>.</param>
    /// <returns>False for a name that is not one of theirs.</returns>
    public static bool TryTranslate(string name, [NotNullWhen(true)] out string? translated)
    {
        translated = null;
        if (StemName().Match(name) is { Success: true } stem)
        {
            translated = $"conv1_{Kind(stem)}.{stem.Groups["tensor"].ValueSpan}";
        }
        else if (BlockName().Match(name) is { Success: true } block)
        {
            var (stage, position) = (Number(block, "stage") + 2, Number(block, "block") + 1);
            var layer = block.Groups["layer"].Success ? Number(block, "layer") + 1 : 0;
            translated = string.Create(CultureInfo.InvariantCulture, $"conv{stage}_block{position}_{layer}_{Kind(block)}.{block.Groups["tensor"].ValueSpan}");
        }

        return translated is not null;
    }

    private static string Kind(Match match) => match.Groups["kind"].ValueSpan is "convolution" ? "conv" : "bn";

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [StringSyntax(StringSyntaxAttribute.Regex)]
    private const string Tensor = @"(?<kind>convolution|normalization)\.(?<tensor>weight|bias|running_mean|running_var)\z";

    [GeneratedRegex(@"\Aembedder\.embedder\." + Tensor, RegexOptions.CultureInvariant)]
    private static partial Regex StemName();

    [GeneratedRegex(@"\Aencoder\.stages\.(?<stage>[0-3])\.layers\.(?<block>[0-9]{1,3})\.(?:shortcut|layer\.(?<layer>[0-2]))\." + Tensor, RegexOptions.CultureInvariant)]
    private static partial Regex BlockName();
}
