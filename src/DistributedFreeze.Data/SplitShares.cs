using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DistributedFreeze.Data;

/// <summary>Sets a share of every class aside, chosen by a hash of the seed and the path, or the name in an archive.</summary>
/// <remarks>
/// Within a class the images are ordered by that hash and the first ones leave: every class gives its exact share, and an image added
/// later moves few others.
/// </remarks>
internal sealed class SplitShares(int seed, double validationShare, double testShare)
{
    /// <returns>The images with their splits; each class keeps at least one for training.</returns>
    public IEnumerable<FoundImage> Assign(IEnumerable<FoundImage> training) =>
        training.GroupBy(image => image.Class).SelectMany(AssignClass);

    private IEnumerable<FoundImage> AssignClass(IEnumerable<FoundImage> images)
    {
        var ordered = images.OrderBy(i => Hash(i.Key), StringComparer.Ordinal).ThenBy(i => i.Path, StringComparer.Ordinal).ToList();
        var test = Math.Min(Part(ordered.Count, testShare), ordered.Count - 1);
        var validation = Math.Min(Part(ordered.Count, validationShare), ordered.Count - 1 - test);
        return ordered.Select((image, i) =>
            image with { Split = i < test ? Split.Test : i < test + validation ? Split.Validation : Split.Train });
    }

    private static int Part(int count, double share) => (int)Math.Round(count * share, MidpointRounding.AwayFromZero);

    private string Hash(string key)
    {
        var text = new byte[sizeof(int) + Encoding.UTF8.GetByteCount(key)];
        BinaryPrimitives.WriteInt32LittleEndian(text, seed);
        Encoding.UTF8.GetBytes(key, text.AsSpan(sizeof(int)));
        return Convert.ToHexString(SHA256.HashData(text));
    }
}
