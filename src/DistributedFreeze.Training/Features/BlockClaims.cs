using System.Collections.Immutable;
using DistributedFreeze.Data.Features;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Training.Features;

/// <summary>Which images of a block the caller computes: those that are missing, and that nobody else is computing.</summary>
/// <remarks>
/// Who has claimed an image waits for no other claim, so that waiting here ends. A claim of this process tells when it ends; one of another
/// process has to be looked for again and again, since the system's file locks tell nobody that they were let go.
/// </remarks>
internal sealed class BlockClaims : IDisposable
{
    /// <summary>Between two looks at what another process has claimed: short beside a block, long beside a look.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>A process that dies lets go of its claims; one that hangs does not, and after so many looks, a minute, it is done without.</summary>
    private const int MostLooks = 12_000;

    private readonly IDisposable?[] _claims;
    private readonly bool[] _has;

    private BlockClaims(int images) => (_claims, _has) = (new IDisposable?[images], new bool[images]);

    /// <summary>Whether there is anything to compute; false where others have computed all of it.</summary>
    public bool Any => _has.Contains(true);

    /// <summary>Whether an image of the block is the caller's to compute.</summary>
    public bool Has(int slot) => _has[slot];

    /// <summary>Claims what is missing of a block; waits while others compute all of that.</summary>
    /// <param name="set">Where the features are kept.</param>
    /// <param name="images">The block's images.</param>
    /// <param name="mostLooks">How often to look at other processes' claims before computing what they claim to compute.</param>
    public static BlockClaims Take(FeatureSet set, ImmutableArray<ImageHash> images, int mostLooks = MostLooks)
    {
        var claims = new BlockClaims(images.Length);
        try
        {
            for (var looks = 0; ;)
            {
                var ended = set.Claims.Ended;
                var missing = claims.TryTake(set, images);
                if (claims.Any || missing.IsEmpty)
                {
                    return claims;
                }

                if (!set.Claims.WaitForEnd(ended, [.. missing.Select(slot => images[slot])], Pause) && ++looks >= mostLooks)
                {
                    missing.ForEach(slot => claims._has[slot] = true);
                    return claims;
                }
            }
        }
        catch
        {
            claims.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var claim in _claims)
        {
            claim?.Dispose();
        }
    }

    /// <returns>The slots of the images that are missing.</returns>
    private ImmutableList<int> TryTake(FeatureSet set, ImmutableArray<ImageHash> images)
    {
        ImmutableList<int> missing = [.. Enumerable.Range(0, images.Length).Where(slot => !set.Contains(images[slot]))];
        foreach (var slot in missing)
        {
            _claims[slot] = set.TryClaim(images[slot]);
            _has[slot] = _claims[slot] is not null;
        }

        return missing;
    }
}
