namespace DistributedFreeze.Data.Manifests;

/// <summary>What a line of a manifest says.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="File">The image file; null where the line has none.</param>
/// <param name="Label">Its class; null where the line has none.</param>
/// <param name="Split">Its split, as a word; null where the manifest has none.</param>
internal sealed record ManifestLine(int Number, string? File, string? Label, string? Split);
