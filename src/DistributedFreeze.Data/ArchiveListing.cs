using System.Collections.Immutable;
using DistributedFreeze.Data.Archives;
using DistributedFreeze.Data.Archives.Parquet;
using DistributedFreeze.Errors;

namespace DistributedFreeze.Data;

/// <summary>Images and their classes as archives have them, rather than folders.</summary>
internal static class ArchiveListing
{
    private const string Field = "data.path";

    /// <summary>Reads what archives say of their images; no image is opened.</summary>
    /// <param name="path">The archive, or the folder that holds them.</param>
    /// <param name="files">What <see cref="ArchiveFolder.Find"/> found there.</param>
    /// <param name="isToTrain">Whether it is wrong that nothing is there to train on.</param>
    /// <exception cref="InvalidInputException">An archive cannot be read, or what it says is not right.</exception>
    public static DataListing Read(string path, ImmutableArray<ArchiveFile> files, bool isToTrain = true)
    {
        List<FoundImage> images = [];
        List<ReportedFile> ignored = [];
        Dictionary<string, ArchivePlace> places = new(StringComparer.Ordinal);
        var cache = new PageCache(PageCache.Usual);
        var root = Directory.Exists(path) ? path : Path.GetDirectoryName(path)!;
        foreach (var file in files)
        {
            var contents = file.Read(cache);
            var names = contents.ClassNames is { } own ? new ClassList(own, file.Name) : ClassList.Beside(file, root);
            ignored.AddRange(contents.Ignored.Select(part => new ReportedFile($"{file.Name}/{part.Name}", part.Reason)));
            foreach (var (number, image) in contents.Images.Index())
            {
                var place = $"{file.Name}/{image.Name}";
                if (image.Label is not { } label)
                {
                    ignored.Add(new(place, contents.Unlabelled));
                }
                else if (names.ClassOf(label, out var problem) is { } name)
                {
                    images.Add(new(file.Split ?? Split.Train, name, Path.GetFileName(image.Name), place) { Place = file.Name, Key = image.Key });
                    places.Add(place, new(contents.Archive, number));
                }
                else
                {
                    contents.Refuse(image.Name, problem!);
                }
            }

            contents.ThrowIfRefused();
        }

        var splits = files.Select(file => file.Split).OfType<Split>().ToHashSet();
        RequireImages(path, images, ignored, splits, isToTrain);
        return new() { Root = root, Images = images, Ignored = ignored, Splits = splits, IsManifest = true, Archived = places };
    }

    private static void RequireImages(string path, List<FoundImage> images, List<ReportedFile> ignored, HashSet<Split> splits, bool isToTrain)
    {
        if (images.Count == 0)
        {
            throw new InvalidInputException(Field, ignored.Count == 0
                ? $"'{path}' holds no image"
                : $"'{path}' holds no image whose class it says; what is in it is not used, such as {ignored[0]}. Where the folders in a tar are classes, unpack it");
        }

        if (isToTrain && splits.Count > 0 && !images.Exists(image => image.Split == Split.Train))
        {
            throw new InvalidInputException(Field, $"'{path}' holds no image to train on: its archives are for {string.Join(" and ", splits.Order().Select(EvaluationImages.NameOf))}");
        }
    }
}
