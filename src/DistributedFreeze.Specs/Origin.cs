namespace DistributedFreeze.Specs;

/// <summary>Where a value came from, so that an error can name what a person wrote.</summary>
/// <param name="Field">Path in the file, such as <c>phases[1].epochs</c>, or the option's name, such as <c>--epochs</c>.</param>
/// <param name="Place">File and line, such as <c>run.yaml line 12</c>; null for a value that no file holds.</param>
internal sealed record Origin(string Field, string? Place)
{
    /// <summary>The message with the place behind it, where there is one.</summary>
    public string Locate(string message) => Place is null ? message : $"{message} ({Place})";
}
