using DistributedFreeze.Inference.Images;
using SkiaSharp;

namespace DistributedFreeze.Data.Indexes;

/// <summary>What was found of an image that could be decoded.</summary>
/// <param name="Format">Format of the content.</param>
/// <param name="Hash">SHA-256 of the content.</param>
/// <param name="Length">Its length in bytes, which is not that of the file where that is an archive.</param>
internal readonly record struct IndexedImage(SKEncodedImageFormat Format, ImageHash Hash, long Length);
