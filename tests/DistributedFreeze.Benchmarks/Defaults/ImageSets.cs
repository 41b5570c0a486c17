namespace DistributedFreeze.Benchmarks.Defaults;

/// <summary>Images to train on.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Folder">The folder, with train, val and test.</param>
/// <param name="Size">Height and width of the input.</param>
/// <param name="Weights">The base's.</param>
internal sealed record ImageSet(string Name, string Folder, int Size, string Weights);

/// <summary>The sets of images that benchmarks of accuracy are about.</summary>
internal static class ImageSets
{
    private const string Photographs = "trashnet";
    private const int PhotographSize = 224;

    private static readonly (string Name, Action<string> Draw)[] Drawn =
        [("textures", DrawnSets.DrawTextures), ("shapes", DrawnSets.DrawShapes), ("letters", DrawnSets.DrawLetters)];

    /// <summary>Those that are asked for; drawn ones are drawn where they are not there yet.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="folder">Where drawn images lie.</param>
    /// <param name="weights">The base's.</param>
    /// <param name="photographs">A folder of photographs with train, val and test; null for none.</param>
    /// <exception cref="ArgumentException">Photographs are asked for, and there is no folder of them.</exception>
    public static IEnumerable<ImageSet> Of(IReadOnlyCollection<string> names, string folder, string weights, string? photographs)
    {
        if (names.Contains(Photographs))
        {
            yield return new(Photographs, photographs ?? throw new ArgumentException("--photographs names a folder with train, val and test."), PhotographSize, weights);
        }

        foreach (var (name, draw) in Drawn.Where(set => names.Contains(set.Name)))
        {
            var images = Path.Combine(folder, name);
            if (!Directory.Exists(images))
            {
                draw(images);
            }

            yield return new(name, images, DrawnSets.Size, weights);
        }
    }
}
