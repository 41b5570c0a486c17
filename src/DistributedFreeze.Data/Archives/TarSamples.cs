using System.Globalization;
using System.Text;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Archives;

/// <summary>Puts members of a tar together that WebDataset calls a sample: those whose names are alike up to the first dot of the file name.</summary>
/// <remarks>
/// One of them is the image, and the class stands in <c>.cls</c>, else in a field of <c>.json</c>, else in <c>.txt</c>, whichever order they come in. What a member is called
/// leads nowhere: nothing is unpacked.
/// </remarks>
/// <param name="contents">Receives what is found.</param>
/// <param name="window">The archive, where labels are read.</param>
internal sealed class TarSamples(ArchiveContents contents, FileWindow window)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Bytes of a name: Linux opens no longer path.</summary>
    private const int LongestName = 4096;

    /// <summary>Characters of a name that is not used.</summary>
    private const int LongestShown = 255;

    private readonly Dictionary<string, Sample> _samples = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Takes the next member.</summary>
    public void Add(TarMember member)
    {
        if (member.Kind == '5' || member.Kind == 'V')
        {
            return; // a folder, or what GNU tar calls the volume
        }

        var name = NameOf(member.Name, out var reason);
        reason ??= KindFault(member.Kind);
        if (reason is not null)
        {
            contents.Ignored.Add((name, reason));
        }
        else if (!_seen.Add(name))
        {
            contents.Refuse(name, "stands in the archive twice; keep one of them");
        }
        else
        {
            Take(name, member);
        }
    }

    /// <summary>Ends the archive.</summary>
    /// <returns>Where each of the images lies.</returns>
    public IEnumerable<(long Offset, int Length)> End()
    {
        var places = new List<(long, int)>();
        foreach (var (key, sample) in _samples)
        {
            if (sample.Image is null)
            {
                contents.Ignored.Add((sample.First, $"no image beside it: '{Base(key)}' has no {ImageFormats.Names}"));
                continue;
            }

            contents.Images.Add(new(sample.Image, sample.Image, sample.Label));
            places.Add((sample.Offset, sample.Length));
        }

        contents.ThrowIfRefused();
        return places;
    }

    private void Take(string name, TarMember member)
    {
        var start = name.LastIndexOf('/') + 1;
        var dot = name.IndexOf('.', start);
        var (key, extension) = dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..].ToUpperInvariant());
        if (!_samples.TryGetValue(key, out var sample))
        {
            _samples[key] = sample = new(name);
        }

        var label = extension switch
        {
            "CLS" => TarLabel.Class,
            "JSON" => TarLabel.Json,
            "TXT" => TarLabel.Text,
            _ => null,
        };
        if (label is not null)
        {
            if (label.Rank > sample.Rank && label.Read(contents, name, window, member) is { } found)
            {
                (sample.Rank, sample.Label) = (label.Rank, found);
            }
        }
        else if (ImageFormats.Includes("." + extension))
        {
            TakeImage(sample, name, member, isWhole: !extension.Contains('.', StringComparison.Ordinal));
        }
    }

    private void TakeImage(Sample sample, string name, TarMember member, bool isWhole)
    {
        if (!isWhole)
        {
            contents.Ignored.Add((name, "a part of a sample by another name than an image's: a sample's name ends at the first dot, and its image is called .jpg or the like right behind it"));
        }
        else if (sample.Image is { } other)
        {
            contents.Refuse(name, $"is an image of the same name as {Base(other)}; a sample has one image");
        }
        else if (member.Length > Array.MaxLength)
        {
            contents.Ignored.Add((name, string.Create(CultureInfo.InvariantCulture, $"{member.Length:N0} bytes, more than the {Array.MaxLength:N0} that are decoded")));
        }
        else
        {
            (sample.Image, sample.Offset, sample.Length) = (name, member.Offset, (int)member.Length);
        }
    }

    private static string? KindFault(char kind) => kind switch
    {
        '0' => null,
        '1' or '2' => "a link, which is not followed",
        'S' => "stored without its holes, so that it does not lie in one piece; write the archive without --sparse",
        _ => "no plain file",
    };

    /// <summary>The name as text, without a leading <c>./</c>.</summary>
    /// <returns>Something to call it by where there is a reason not to use it.</returns>
    private static string NameOf(byte[] bytes, out string? reason)
    {
        if (bytes.Length > LongestName)
        {
            reason = string.Create(CultureInfo.InvariantCulture, $"its name has {bytes.Length:N0} bytes, more than {LongestName:N0}");
            return Printable(Encoding.Latin1.GetString(bytes.AsSpan(0, LongestShown)));
        }

        string name;
        try
        {
            name = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            reason = "its name is not UTF-8";
            return Printable(Encoding.Latin1.GetString(bytes));
        }

        var parts = name.Split('/');
        reason = name.Any(char.IsControl) ? "its name has control characters"
            : name.StartsWith('/') ? "its name is that of a place outside, as it begins with /"
            : parts.Contains("..") ? "its name leads out of the archive"
            : parts[^1].StartsWith('.') ? "hidden"
            : parts[^1].Length == 0 ? "it has no name"
            : null;
        return reason is null ? string.Join('/', parts.Where(part => part is not ("" or "."))) : Printable(name);
    }

    private static string Printable(string name) => string.Concat(name.Take(LongestShown).Select(one => char.IsControl(one) || one > '~' ? $"\\x{(int)one:x2}" : $"{one}"));

    private static string Base(string name) => name[(name.LastIndexOf('/') + 1)..];

    private sealed class Sample(string first)
    {
        /// <summary>The first member of it.</summary>
        public string First { get; } = first;

        public string? Image { get; set; }

        public long Offset { get; set; }

        public int Length { get; set; }

        public int Rank { get; set; }

        public ArchivedLabel? Label { get; set; }
    }
}
