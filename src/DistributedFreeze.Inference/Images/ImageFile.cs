namespace DistributedFreeze.Inference.Images;

/// <summary>An image that is a file.</summary>
internal sealed class ImageFile(string path) : ImageContent(path)
{
    public override int Read(ContentRoom room)
    {
        using var handle = System.IO.File.OpenHandle(Path, options: FileOptions.SequentialScan);
        return FilePart.Read(handle, 0, RandomAccess.GetLength(handle), room);
    }
}
