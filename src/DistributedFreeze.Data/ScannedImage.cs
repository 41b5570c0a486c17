using DistributedFreeze.Inference.Images;

namespace DistributedFreeze.Data;

/// <summary>An image file as a scan found it.</summary>
/// <param name="Image">The file.</param>
/// <param name="Header">What its first bytes say, and why it cannot be used.</param>
/// <param name="Hash">SHA-256 of its content; the default where it cannot be used.</param>
internal readonly record struct ScannedImage(FoundImage Image, ImageHeader Header, ImageHash Hash);
