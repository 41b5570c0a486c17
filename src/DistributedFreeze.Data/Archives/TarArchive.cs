using DistributedFreeze.Coordination.Files;
using DistributedFreeze.Errors;
using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data.Archives;

/// <summary>A tar of images and their classes in WebDataset's form, read where it lies. Immutable and thread-safe.</summary>
/// <remarks>Members are not compressed and lie in one piece: an image is an offset and a length.</remarks>
internal sealed class TarArchive : IImageArchive
{
    private readonly string _path;
    private readonly List<(long Offset, int Length)> _images = [];

    private TarArchive(string path) => _path = path;

    /// <summary>Lists an archive.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidInputException">It cannot be read, or what it says of its images is not right.</exception>
    public static ArchiveContents Read(string path, string name)
    {
        try
        {
            using var file = RegularFile.Open(path);
            var window = new FileWindow(file);
            var archive = new TarArchive(path);
            var contents = new ArchiveContents(name, archive);
            var samples = new TarSamples(contents, window);
            foreach (var member in new TarMembers(window, name).Read())
            {
                samples.Add(member);
            }

            archive._images.AddRange(samples.End());
            return contents;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException(name, $"cannot be read: {refused.Message}") { IsStorage = true };
        }
    }

    /// <inheritdoc/>
    public ImageContent ContentOf(int index, string path) => new Member(path, _path, _images[index].Offset, _images[index].Length);

    /// <summary>An image that is a part of a file.</summary>
    private sealed class Member(string path, string archive, long offset, int length) : ImageContent(path)
    {
        public override string File => archive;

        public override int Read(ContentRoom room)
        {
            using var handle = RegularFile.Open(archive);
            return FilePart.Read(handle, offset, length, room);
        }
    }
}
