using System.Collections.Immutable;

namespace DistributedFreeze.Data;

/// <summary>What a scan found besides good images. Every list is sorted by path, ordinally.</summary>
public sealed record DataReport
{
    /// <summary>Files with an image's extension in class folders, good or not, hidden ones aside.</summary>
    public required int ImageFiles { get; init; }

    /// <summary>Image files that are left out: empty, undecodable, or larger than the pixel limit (or 65,535 along a side).</summary>
    public required ImmutableArray<ReportedFile> Unreadable { get; init; }

    /// <summary>Image files whose content is of another format than the extension says. A warning: they decode, and are used.</summary>
    public required ImmutableArray<ReportedFile> Misnamed { get; init; }

    /// <summary>Files and folders that are not looked into: hidden, of another kind, or in a place where no image belongs.</summary>
    public required ImmutableArray<ReportedFile> Ignored { get; init; }

    /// <summary>Share of the image files that are left out, 0 to 1; 0 where there are no image files.</summary>
    public double UnreadableShare => ImageFiles == 0 ? 0 : (double)Unreadable.Length / ImageFiles;
}

/// <summary>A file or folder that a scan has something to say about.</summary>
/// <param name="Path">Path from the data folder with <c>/</c> between the parts.</param>
/// <param name="Reason">Why, as a phrase without a final stop.</param>
public sealed record ReportedFile(string Path, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path} ({Reason})";
}
