namespace DistributedFreeze.Data.Indexes;

/// <summary>A file as it was when it was read.</summary>
/// <param name="Stamp">What the file system said of it.</param>
/// <param name="Image">What was found in it.</param>
internal readonly record struct IndexEntry(FileStamp Stamp, IndexedImage Image);
