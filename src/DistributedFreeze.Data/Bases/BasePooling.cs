using System.Collections.Immutable;
using System.Globalization;
using DistributedFreeze.Freezing.Layers;
using DistributedFreeze.Runs;

namespace DistributedFreeze.Data.Bases;

/// <summary>How a boundary's tensor becomes one list of features.</summary>
/// <param name="Kind">Never auto.</param>
/// <param name="Rank">Dimensions of the tensor, images included.</param>
/// <param name="ChannelsLast">Whether places come before channels: tokens, and maps of graphs that compute so.</param>
/// <param name="Features">Length of the list.</param>
/// <param name="Why">What was found out, for people.</param>
internal sealed record BasePooling(FeaturePooling Kind, int Rank, bool ChannelsLast, int Features, string Why)
{
    /// <summary>Decides for a tensor.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="images">Images that were computed for them: the first of its sizes.</param>
    /// <param name="wanted">What the run says.</param>
    /// <param name="refuse">Makes the error for <c>model.pool</c>, or for <c>model.boundary</c>.</param>
    public static BasePooling Of(ImmutableArray<long> shape, int images, FeaturePooling wanted, Func<string, string, Exception> refuse)
    {
        var text = $"[N, {string.Join(", ", shape.Skip(1).Select(size => size.ToString(CultureInfo.InvariantCulture)))}]";
        if (shape.Length is < 2 or > 4 || shape.Any(size => size < 1))
        {
            throw refuse("model.boundary", $"is a tensor of shape {(shape.Length < 2 ? "without images" : text)}, and features have 2 to 4 dimensions: a list, tokens or a map for each image");
        }

        if (!IsByImage(shape, images))
        {
            throw refuse("model.boundary", $"is a tensor of shape [{string.Join(", ", shape)}] for {images} image{(images == 1 ? "" : "s")}, and its first dimension has to be the number of images; take a boundary whose tensor is (images, ...)");
        }

        var pooling = shape.Length switch
        {
            2 => wanted is FeaturePooling.Auto or FeaturePooling.None
                ? new(FeaturePooling.None, 2, false, Count(shape[1]), "a list of features, not pooled")
                : throw refuse("model.pool", $"is {RunEnums.NameOf(wanted)}, but the boundary is a list of features for each image, {text}: there is nothing to pool"),
            3 => Tokens(shape, wanted, text),
            _ => Map(shape, wanted, text, refuse),
        };
        return pooling.Features <= BaseIdentity.MostFeatures
            ? pooling
            : throw refuse("model.boundary", $"has {pooling.Features:N0} features for each image, {text}, and a head takes up to {BaseIdentity.MostFeatures:N0}; pool them (`model.pool: avg`), or take a later boundary");
    }

    /// <summary>Whether a tensor has a row for each image.</summary>
    /// <param name="shape">Its sizes.</param>
    /// <param name="images">Images that were computed.</param>
    public static bool IsByImage(ImmutableArray<long> shape, int images) => shape.Length > 0 && shape[0] == images;

    private static BasePooling Tokens(ImmutableArray<long> shape, FeaturePooling wanted, string text)
    {
        var isGrid = Math.Sqrt(shape[1]) % 1 == 0;
        var kind = wanted != FeaturePooling.Auto ? wanted : isGrid ? FeaturePooling.Avg : FeaturePooling.Cls;
        var why = (kind, wanted) switch
        {
            (FeaturePooling.Avg, FeaturePooling.Auto) => $"the mean of {shape[1]} tokens {text}, which are a square of patches",
            (FeaturePooling.Cls, FeaturePooling.Auto) => $"the first of {shape[1]} tokens {text}, the class token: they are no square of patches alone",
            (FeaturePooling.Avg, _) => $"the mean of {shape[1]} tokens {text}",
            (FeaturePooling.Cls, _) => $"the first of {shape[1]} tokens {text}, the class token",
            _ => $"all {shape[1]} tokens {text}, one after the other",
        };
        return new(kind, 3, ChannelsLast: true, kind == FeaturePooling.None ? Count(shape[1], shape[2]) : Count(shape[2]), why);
    }

    private static BasePooling Map(ImmutableArray<long> shape, FeaturePooling wanted, string text, Func<string, string, Exception> refuse)
    {
        if (wanted == FeaturePooling.Cls)
        {
            throw refuse("model.pool", $"is cls, but the boundary is a map {text}, which has no class token; avg or none would do");
        }

        // Images are square, and so are their maps: the two sizes that are alike are height and width.
        var last = shape[1] == shape[2] && shape[2] != shape[3];
        return wanted == FeaturePooling.None
            ? new(FeaturePooling.None, 4, last, Count(shape[1], shape[2], shape[3]), $"the whole map {text}, not pooled")
            : new(FeaturePooling.Avg, 4, last, Count(last ? shape[3] : shape[1]), $"the mean over the places of a map {text} with channels {(last ? "last" : "first")}");
    }

    private static int Count(params ReadOnlySpan<long> sizes)
    {
        var product = 1L;
        foreach (var size in sizes)
        {
            product = Math.Min(int.MaxValue, product * Math.Min(size, int.MaxValue));
        }

        return (int)product;
    }
}
