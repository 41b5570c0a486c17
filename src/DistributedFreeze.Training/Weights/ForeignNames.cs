namespace DistributedFreeze.Training.Weights;

/// <summary>In whose words a file names the base's tensors, and what stands before these names.</summary>
/// <remarks>
/// Training frameworks put the path of the base in a larger module before its names: <c>module.</c> (DataParallel), <c>model.</c>
/// (Lightning), <c>backbone.</c>, <c>resnet.</c>. Immutable and thread-safe.
/// </remarks>
/// <param name="Prefix">What stands before the names.</param>
/// <param name="Scheme">Whose names they are.</param>
internal sealed record ForeignNames(string Prefix, NameScheme Scheme)
{
    private static readonly NameScheme[] Schemes = Enum.GetValues<NameScheme>();

    /// <summary>Finds the scheme and the prefix that most of a file's names fit.</summary>
    /// <param name="names">Every name of the file.</param>
    /// <returns>The best ones: none where no name is known, several where a file holds several networks.</returns>
    public static IReadOnlyList<ForeignNames> In(IEnumerable<string> names)
    {
        var fits = names.Select(Of).OfType<ForeignNames>().CountBy(found => found).ToList();
        return fits.Count == 0 ? [] : [.. fits.Where(fit => fit.Value == fits.Max(other => other.Value)).Select(fit => fit.Key)];
    }

    /// <summary>Translates a name of the file.</summary>
    /// <param name="name">The file's name for a tensor.</param>
    /// <param name="translated">The project's; null for one that nobody needs.</param>
    /// <returns>False for a name that belongs to something else.</returns>
    public bool TryTranslate(string name, out string? translated)
    {
        translated = null;
        return name.StartsWith(Prefix, StringComparison.Ordinal) && TryTranslate(Scheme, name[Prefix.Length..], out translated);
    }

    private static ForeignNames? Of(string name)
    {
        const int Longest = 1024; // every part of it is tried: of a name of nothing but dots that would be gigabytes
        if (name.Length > Longest)
        {
            return null;
        }

        // The shortest prefix: layer1.0.conv1.weight is a block's first convolution, not the stem of something called layer1.0.
        for (var start = 0; start >= 0 && start < name.Length; start = name.IndexOf('.', start) is >= 0 and var dot ? dot + 1 : -1)
        {
            foreach (var scheme in Schemes)
            {
                if (TryTranslate(scheme, name[start..], out var translated) && translated is not null && TorchvisionNames.IsProjects(translated))
                {
                    return new(name[..start], scheme);
                }
            }
        }

        return null;
    }

    private static bool TryTranslate(NameScheme scheme, string name, out string? translated)
    {
        switch (scheme)
        {
            case NameScheme.Torchvision:
                return TorchvisionNames.TryTranslate(name, out translated);
            case NameScheme.HuggingFace:
                return HuggingFaceNames.TryTranslate(name, out translated) || IsTracked(name);
            default:
                translated = name;
                return TorchvisionNames.IsProjects(name) || name.StartsWith("predictions.", StringComparison.Ordinal);
        }
    }

    private static bool IsTracked(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}

/// <summary>Whose names for the tensors of a ResNet.</summary>
internal enum NameScheme
{
    /// <summary>Keras's layers with Torch's words for their tensors: <c>conv1_conv.weight</c>.</summary>
    Project = 0,

    /// <summary>torchvision's and timm's: <c>layer1.0.conv1.weight</c>.</summary>
    Torchvision = 1,

    /// <summary>Hugging Face's: <c>encoder.stages.0.layers.0.layer.0.convolution.weight</c>.</summary>
    HuggingFace = 2,
}
