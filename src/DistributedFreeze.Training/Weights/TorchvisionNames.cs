using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DistributedFreeze.Training.Weights;

/// <summary>The names that torchvision and timm give the tensors of a ResNet, in the project's words.</summary>
/// <remarks>Source: torchvision/models/resnet.py, class ResNet, and timm/models/resnet.py, which agree. Pure and thread-safe.</remarks>
internal static partial class TorchvisionNames
{
    /// <summary>Tells whether a name is one of the project's for a tensor of the base.</summary>
    /// <param name="name">Such as <c>conv4_block1_0_bn.running_mean</c>.</param>
    internal static bool IsProjects(string name) => ProjectName().IsMatch(name);

    /// <summary>Translates one name.</summary>
    /// <param name="name">Such as <c>layer3.0.downsample.1.running_mean</c>.</param>
    /// <param name="translated">Such as <c>conv4_block1_0_bn.running_mean</c>; null for <c>num_batches_tracked</c>, which nobody needs.</param>
    /// <returns>False for a name that is not torchvision's.</returns>
    public static bool TryTranslate(string name, out string? translated)
    {
        translated = null;
        if (name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
        {
            return true;
        }

        if (StemName().Match(name) is { Success: true } stem)
        {
            translated = stem.Groups["layer"].Value switch
            {
                "conv1" => "conv1_conv.",
                "bn1" => "conv1_bn.",
                _ => "predictions.",
            } + stem.Groups["tensor"].Value;
            return true;
        }

        if (BlockName().Match(name) is not { Success: true } block)
        {
            return false;
        }

        var stage = Number(block, "stage") + 1;
        var position = Number(block, "block") + 1;
        var layer = block.Groups["shortcut"] is { Success: true, ValueSpan: var shortcut }
            ? shortcut is "0" ? "0_conv" : "0_bn"
            : $"{block.Groups["index"].ValueSpan}_{block.Groups["kind"].ValueSpan}";
        translated = string.Create(CultureInfo.InvariantCulture, $"conv{stage}_block{position}_{layer}.{block.Groups["tensor"].ValueSpan}");
        return true;
    }

    /// <summary>What torchvision calls a tensor of the base.</summary>
    /// <param name="name">Such as <c>conv4_block1_0_bn.running_mean</c>.</param>
    /// <returns>Such as <c>layer3.0.downsample.1.running_mean</c>.</returns>
    /// <exception cref="ArgumentException">It is no name of the base.</exception>
    public static string Of(string name) => OwnName().Match(name) is { Success: true } own
        ? own.Groups["stage"].Success
            ? string.Create(CultureInfo.InvariantCulture, $"layer{Number(own, "stage") - 1}.{Number(own, "block") - 1}.{Layer(own)}.{own.Groups["tensor"].ValueSpan}")
            : $"{own.Groups["kind"].ValueSpan}1.{own.Groups["tensor"].ValueSpan}"
        : throw new ArgumentException($"{name} is no tensor of the base.", nameof(name));

    private static string Layer(Match own) => (own.Groups["index"].Value, own.Groups["kind"].Value) switch
    {
        ("0", "conv") => "downsample.0",
        ("0", _) => "downsample.1",
        var (index, kind) => kind + index,
    };

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [StringSyntax(StringSyntaxAttribute.Regex)]
    private const string Tensor = @"(?<tensor>weight|bias|running_mean|running_var)\z";

    [GeneratedRegex(@"\A(?<layer>conv1|bn1|fc)\." + Tensor, RegexOptions.CultureInvariant)]
    private static partial Regex StemName();

    [GeneratedRegex(
        @"\Alayer(?<stage>[1-4])\.(?<block>[0-9]{1,3})\.(?:(?<kind>conv|bn)(?<index>[1-3])|downsample\.(?<shortcut>[01]))\." + Tensor,
        RegexOptions.CultureInvariant)]
    private static partial Regex BlockName();

    [GeneratedRegex(
        @"\Aconv(?:1|(?<stage>[2-5])_block(?<block>[0-9]{1,3})_(?<index>[0-3]))_(?<kind>conv|bn)\.(?<tensor>[a-z_]+)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex OwnName();

    [GeneratedRegex(@"\Aconv[1-5]_(?:block[0-9]+_[0-3]_)?(?:conv|bn)\." + Tensor, RegexOptions.CultureInvariant)]
    private static partial Regex ProjectName();
}
